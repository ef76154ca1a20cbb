// One life of an account: boxes are wanted, parked, taken back, ended, the world halts and resumes, processes die, and
// everything goes wrong that the seed has. Then the faults end, and what is left has to come to rest.
import { microUsd } from '../../../src/base/std/index.ts';
import { RentalChangedError } from '../../../src/rent/rental/index.ts';
import { stepUntil } from '../../rent/a-rent-world.ts';
import type { TortureWorld } from './world.ts';

export interface LifeOptions {
  readonly hours: number;
  /** Boxes that are wanted over the time; default 3 an hour. */
  readonly boxesPerHour?: number;
  readonly capUsd?: number;
  /** How often a process dies by chance, of each half hour; default 0.15. */
  readonly deathChance?: number;
}

export interface LifeReport {
  readonly rentals: number;
  readonly gone: number;
  readonly void: number;
  readonly creates: number;
  readonly deaths: number;
  /** Errors that a person was told, by their names. */
  readonly told: Readonly<Record<string, number>>;
  /** What was not at rest long after the last fault; empty when all was. */
  readonly unsettled: readonly string[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A box is wanted, or something is done to one. */
const ACT_EVERY_MS = 10 * MINUTE;
/** Leases end after three hours, disks are kept two more, bills come an hour later. */
const REST_HOURS = 8;

export async function liveOn(world: TortureWorld, options: LifeOptions): Promise<LifeReport> {
  const { clock, dice, witness } = world;
  const { hours, boxesPerHour = 3, capUsd = 40, deathChance = 0.15 } = options;
  const told: Record<string, number> = {};
  let deaths = 0;
  let boxes = 0;
  await stepUntil(
    clock,
    world.ledger.setCap({ scope: 'total', window: 'all', limit: microUsd(capUsd), setBy: 'torture' }),
  );
  await rentForeign(world);

  /** Work of the present process; what it says is told, and its death ends it. */
  const doing = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => {
      if (error instanceof RentalChangedError) return;
      const name = error instanceof Error ? error.name : String(error);
      told[name] = (told[name] ?? 0) + 1;
    });
  };

  let stop = new AbortController();
  const startController = () => {
    stop = new AbortController();
    doing(world.process.controller.run(stop.signal));
  };
  startController();

  const act = async (): Promise<void> => {
    const { process } = world;
    const live = await process.records.list({ isLive: true });
    const roll = dice.next();
    const one = live.length > 0 ? dice.pick(live) : undefined;
    if (roll < (boxesPerHour * ACT_EVERY_MS) / HOUR) {
      boxes += 1;
      // Now and then the same need again, as an impatient person does.
      const name = dice.chance(0.1) && one ? one.need : `box ${boxes}`;
      const leaseMs = dice.int(1, 6) * 30 * MINUTE;
      const rentalTypes = dice.chance(0.4) ? (['interruptible'] as const) : (['on-demand'] as const);
      doing(process.rentBox(name, { leaseMs, need: { rentalTypes } }));
    } else if (one && roll < 0.55) doing(process.ender.park(one, 'torture'));
    else if (one && roll < 0.65) doing(process.ender.undo(one));
    else if (one && roll < 0.75 && one.status !== 'creating' && one.status !== 'intended') {
      doing(process.records.change(one, { status: 'ending', reason: 'a person asked for it' }));
    } else if (roll > 0.96) doing(process.ledger.halt({ by: 'torture', reason: 'a scare' }));
    else if (roll > 0.85) doing(process.ledger.resume({ by: 'torture' }));
    else if (roll > 0.8) doing(process.ender.collect({ apply: true }));
  };

  const endMs = clock.now() + hours * HOUR;
  for (let slice = 0; clock.now() < endMs; slice += 1) {
    await act();
    await clock.step(ACT_EVERY_MS);
    await witness.look({ capUsd });
    if (slice % 3 === 2 && dice.chance(deathChance)) {
      deaths += 1;
      world.restart();
      startController();
    }
  }

  // The last process of the day dies too; a calm one comes to everything it left.
  world.restart();
  const unsettled = await liveToRest(world, { capUsd });
  const rentals = await world.process.records.list();
  return {
    rentals: rentals.length,
    gone: rentals.filter((rental) => rental.status === 'gone').length,
    void: rentals.filter((rental) => rental.status === 'void').length,
    creates: witness.creates,
    deaths,
    told,
    unsettled,
  };
}

/** A process that nobody disturbs, until everything must be over; what is not. */
export async function liveToRest(
  world: TortureWorld,
  { capUsd, leastHours = 5 }: { readonly capUsd: number; readonly leastHours?: number },
): Promise<readonly string[]> {
  const { clock, process, witness } = world;
  const stop = new AbortController();
  await stepUntil(clock, process.ledger.resume({ by: 'torture' }));
  const running = process.controller.run(stop.signal);
  for (let rested = 0; rested < REST_HOURS; rested += 1) {
    await clock.step(HOUR);
    await stepUntil(
      clock,
      process.ender.collect({ apply: true }).catch(() => undefined),
    );
    await witness.look({ capUsd });
    // Nothing can happen any more to what is over and billed.
    if (rested + 1 >= leastHours && (await leftOver(world)).length === 0) break;
  }
  stop.abort();
  await stepUntil(clock, running);
  return await leftOver(world);
}

/** Other people's machines on the same account: made by hand, and by another install. */
async function rentForeign({ sim, witness, clock }: TortureWorld): Promise<void> {
  const labels = ['my own box', 'vd1.otherone.rental_01kdvdncajtpa6y4rj.0123456789.0123456789abcdef'];
  for (const label of labels) {
    for (const offerId of sim.truth.listedOfferIds()) {
      clock.jump(5_000);
      const before = sim.truth.instances().length;
      // Faults meet them as they meet everybody: what counts is what is there afterwards.
      const patience = new AbortController();
      const timer = clock.setTimer(30_000, () => patience.abort());
      const sent = sim
        .fetch(`https://console.vast.ai/api/v0/asks/${offerId}/`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${sim.apiKey}` },
          body: JSON.stringify({ image: 'busybox', disk: 10, label, cancel_unavail: true }),
          signal: patience.signal,
        })
        .catch(() => {});
      await stepUntil(clock, sent);
      timer.cancel();
      const made = sim.truth.instances().at(before);
      if (!made) continue;
      witness.foreign.add(made.instanceId);
      break;
    }
  }
}

/** What should not be there when everything is over. */
async function leftOver({ sim, process, witness }: TortureWorld): Promise<readonly string[]> {
  const left: string[] = [];
  for (const rental of await process.records.list({ isLive: true })) {
    left.push(`${rental.id} is ${rental.status}: ${rental.reason}`);
  }
  for (const { instanceId, destroyedMs } of sim.truth.instances()) {
    if (destroyedMs === undefined && !witness.foreign.has(instanceId))
      left.push(`instance ${instanceId} is there`);
  }
  for (const { reservation } of await process.ledger.listOpenReservations()) {
    left.push(`money is set aside for ${reservation.intent.key}`);
  }
  return left;
}
