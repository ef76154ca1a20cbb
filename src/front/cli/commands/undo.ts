// `vastdeck undo`: brings back what `rm` has parked, or says why not.

import { resolveInstance } from '../../../rent/rental/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, NotFoundError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance, gpuOf, perHour, pricesOf } from '../one-instance.ts';
import { startAndFollow } from './instance-state.ts';

export async function undo(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using renting = await openInstanceSession(context);
  const { account } = renting.account;
  // Of one that is gone it can be said since when.
  const target = await resolveInstance(name, { store: renting.store, account, of: 'any' });
  const rental = target.rentalId === undefined ? undefined : await renting.records.get(target.rentalId);
  if (!rental) {
    throw new NotFoundError(
      `${target.name || target.instanceId} is not ours, so nothing of it was parked; "vastdeck start ${target.instanceId}" starts one that stands still`,
    );
  }
  if (rental.status !== 'stopped') {
    const result = await renting.ender.undo(rental);
    terminal.err(
      `${rental.name} cannot be brought back: ${result.kind === 'refused' ? result.reason : rental.reason}.\n`,
    );
    return context.endWith(EXIT_CODES.failed);
  }
  const one = await findInstance(renting, name, terminal.interrupted);
  const plan = `Takes ${one.shown} back and starts it, ${gpuOf(one.instance)}: ${perHour(pricesOf(one.instance).runningPerHour)} from when it runs.`;
  if (!(await askConsent(context, flags, { plan }))) return;
  const { state, sentence } = await startAndFollow(context, renting, one);
  terminal.err(`${sentence}\n`);
  if (flags.json === true || flags.format !== undefined) {
    const row = { id: one.instance.id, rental: rental.id, name: rental.name, state };
    context.print(
      [row],
      Object.keys(row).map((column) => ({ name: column })),
      flags,
    );
  }
}
