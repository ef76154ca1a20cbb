// `vastdeck bid`: another bid for an interruptible instance, with what it can cost more.

import { DeniedError } from '../../../base/ledger/index.ts';
import { formatUsd, usd } from '../../../base/std/index.ts';
import { planRebid, rebid } from '../../../rent/rental/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readNumber } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance, gpuOf, perHour } from '../one-instance.ts';

/** The service takes no bid beyond this many dollars an hour for one GPU. */
const MOST_PER_HOUR = 1_000;

export async function bid(
  context: Context,
  name: string,
  price: string | undefined,
  flags: Flags,
): Promise<void> {
  if ((price === undefined) === (flags.win !== true)) {
    throw new UsageError(
      `Either a price or --win is wanted: vastdeck bid ${name} 0.25, or vastdeck bid ${name} --win`,
    );
  }
  const wanted =
    price === undefined
      ? ('win' as const)
      : readNumber('The price', price.replace(/^\$/, ''), { min: 0.001, max: MOST_PER_HOUR, example: 0.25 });
  await using renting = await openInstanceSession(context);
  const { instance, rental, shown } = await findInstance(renting, name, context.terminal.interrupted);
  const plan = planRebid({ instance, rental, nowMs: context.clock.now() }, wanted);
  const least =
    instance.minBidPerHour === null
      ? ''
      : plan.toPerHour < instance.minBidPerHour
        ? ` It takes ${perHour(instance.minBidPerHour)} to win now, so it would stand still.`
        : ` It takes ${perHour(instance.minBidPerHour)} to win now.`;
  const extra = plan.extra > 0 ? ` ${formatUsd(usd(plan.extra))} more are set aside until its end.` : '';
  const sentence = `Bids ${perHour(plan.toPerHour)} for ${shown}, ${gpuOf(instance)}, in place of ${perHour(plan.fromPerHour)}, disk not included.${least}${extra}`;
  if (!(await askConsent(context, flags, { plan: sentence }))) return;
  const result = await rebid(renting, { instance, rental, plan });
  if (result.kind === 'denied') throw new DeniedError(result);
  context.terminal.err(`The bid for ${shown} is ${perHour(plan.toPerHour)} now.\n`);
  if (flags.json === true || flags.format !== undefined) {
    const row = { id: instance.id, bid_per_hour: plan.toPerHour, was_per_hour: plan.fromPerHour };
    context.print([row], [{ name: 'id' }, { name: 'bid_per_hour' }, { name: 'was_per_hour' }], flags);
  }
}
