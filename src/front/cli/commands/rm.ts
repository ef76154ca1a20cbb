// `vastdeck rm`: parks an instance for ten minutes before it is destroyed; `--now` destroys it, and stays until it is
// seen gone. What is not ours is destroyed only on a person's own word.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import { destroyForeign, ENDING_POLICY, type Rental } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { followRental } from '../follow-rental.ts';
import { openInstanceSession } from '../instance-session.ts';
import {
  findInstance,
  findTarget,
  gpuOf,
  type OneInstance,
  perHour,
  perMonth,
  pricesOf,
} from '../one-instance.ts';
import { clockTime } from '../output/clock-time.ts';
import type { Row } from '../output/column.ts';
import { progressLine } from '../output/progress.ts';

export async function rm(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using renting = await openInstanceSession(context);
  const target = await findTarget(renting, name, terminal.interrupted);
  const rental = target.rentalId === undefined ? undefined : await renting.records.get(target.rentalId);
  if (rental && (rental.instanceId === undefined || rental.status === 'ending')) {
    // Its create is in doubt, or its end is under way: what there may be is ended, and proved gone.
    return await endNow(
      context,
      renting,
      { rental, shown: rental.name || rental.id, price: undefined },
      flags,
    );
  }
  const one = await findInstance(renting, name, terminal.interrupted);
  if (one.isForeign || !one.rental) return await rmForeign(context, renting, one, flags);
  const { runningPerHour, diskPerHour } = pricesOf(one.instance);
  if (flags.now === true) {
    const price = `${gpuOf(one.instance)} at ${perHour(runningPerHour)}`;
    return await endNow(context, renting, { rental: one.rental, shown: one.shown, price }, flags);
  }
  const forTime = formatDuration(ENDING_POLICY.parkMs);
  const plan = `Stops ${one.shown}, ${gpuOf(one.instance)} at ${perHour(runningPerHour)}, and destroys it with everything on its disk in ${forTime}; until then its disk costs ${perHour(diskPerHour)}, and "vastdeck undo ${name}" takes it back.`;
  if (!(await askConsent(context, flags, { plan }))) return;
  const parked = await renting.ender.park(one.rental, 'you');
  if (parked.destroyAfterMs === undefined) {
    terminal.err(`${one.shown}: ${parked.reason}; it is followed until it is proved gone.\n`);
  } else {
    terminal.err(
      `${one.shown} is parked. From ${clockTime(parked.destroyAfterMs)} on it is destroyed by the next vastdeck command that looks after its rentals ("vastdeck ps --refresh", "vastdeck gc", "vastdeck rent"); its disk costs ${perMonth(diskPerHour)} until then.\n`,
    );
  }
  printRow(context, flags, rowOf(parked));
}

async function rmForeign(context: Context, renting: Renting, one: OneInstance, flags: Flags): Promise<void> {
  const { instance, shown } = one;
  const { runningPerHour } = pricesOf(instance);
  const what = one.isForeign
    ? `${shown} was not made by this install`
    : `${shown} has our label and no record`;
  if (one.isForeign && flags.foreign !== true) {
    throw new UsageError(
      `${what}, and is not touched: to destroy it all the same, run "vastdeck rm ${instance.id} --foreign"; to take it under care, "vastdeck adopt ${instance.id} --budget 5"`,
    );
  }
  if (!one.isForeign) {
    throw new UsageError(
      `${what}: run "vastdeck recover" first, which brings its record back, or "vastdeck gc"`,
    );
  }
  const plan = `${what}. Destroys it NOW, ${gpuOf(instance)} at ${perHour(runningPerHour)}, with everything on its disk; it cannot be parked or taken back.`;
  if (!(await askConsent(context, flags, { plan, typed: String(instance.id) }))) return;
  const progress = progressLine(context);
  try {
    await destroyForeign({ ...renting, clock: context.clock }, instance.id, {
      signal: context.terminal.interrupted,
      onStep: (sentence) => progress.show(sentence),
    });
  } catch (error) {
    if (context.terminal.interrupted.aborted) {
      progress.end();
      context.terminal.err(
        `The destroy of ${shown} was asked for and is not proved: look with "vastdeck ps --refresh", and repeat it if it is still there.\n`,
      );
      return context.endWith(EXIT_CODES.interrupted);
    }
    throw error;
  } finally {
    progress.end();
  }
  context.terminal.err(`${shown} is gone: two listings do not hold it, and nothing answers to its id.\n`);
  printRow(context, flags, { id: instance.id, name: instance.label, state: 'gone' });
}

interface Ending {
  readonly rental: Rental;
  readonly shown: string;
  readonly price: string | undefined;
}

async function endNow(
  context: Context,
  renting: Renting,
  { rental, shown, price }: Ending,
  flags: Flags,
): Promise<void> {
  const { terminal } = context;
  if (rental.status !== 'ending') {
    const what = price === undefined ? 'whatever there may be of it' : price;
    const plan = `Destroys ${shown}, ${what}, with everything on its disk, and waits until it is seen gone; it cannot be taken back.`;
    if (!(await askConsent(context, flags, { plan }))) return;
  } else if (flags.dryRun === true) {
    terminal.err(
      `${shown} is being destroyed already (${rental.reason}). Nothing was done: this is a dry run.\n`,
    );
    return;
  }
  const ending =
    rental.status === 'ending'
      ? rental
      : await renting.records.change(rental, { status: 'ending', reason: 'ended by you' }, { by: 'you' });
  const over = await followRental(context, renting, ending, {
    isThere: ({ status }) => OVER.includes(status),
    priority: 'destroy',
  });
  if (!over) {
    terminal.err(
      `${shown} is being destroyed and is not proved gone. What is left is done by "vastdeck rm --now ${rental.name || rental.id}" or "vastdeck gc".\n`,
    );
    return context.endWith(EXIT_CODES.interrupted);
  }
  const cost = over.receipt ? `; by our own clock it has cost ${formatUsd(over.receipt.reckonedUsd)}` : '';
  terminal.err(`${shown} is gone (${over.reason})${cost}.\n`);
  printRow(context, flags, rowOf(over));
}

const OVER: readonly Rental['status'][] = ['gone', 'void'];

function rowOf({ id, instanceId, name, status, reason, destroyAfterMs }: Rental): Row {
  return {
    id: instanceId ?? null,
    rental: id,
    name,
    state: status,
    reason,
    destroyed_after: destroyAfterMs === undefined ? null : new Date(destroyAfterMs).toISOString(),
  };
}

function printRow(context: Context, flags: Flags, row: Row): void {
  if (flags.json !== true && flags.format === undefined) return;
  context.print(
    [row],
    Object.keys(row).map((column) => ({ name: column })),
    flags,
  );
}
