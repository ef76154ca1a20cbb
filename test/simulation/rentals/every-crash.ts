// A short life taken through every point at which its process can die: once without a death to count the points, then
// once for each, with an heir on the same store that has to bring everything to rest.
import { microUsd } from '../../../src/base/std/index.ts';
import { stepUntil } from '../../rent/a-rent-world.ts';
import { liveToRest } from './life.ts';
import { openWorld, type TortureWorld } from './world.ts';

const MINUTE = 60_000;
const CAP_USD = 20;

export interface ShortLife {
  readonly name: string;
  /** What the process does; ends with it, or is cut off by its death. */
  readonly live: (world: TortureWorld) => Promise<void>;
}

/** Rents, boots, works and ends. */
const rentAndEnd: ShortLife = {
  name: 'rent, boot, end',
  async live({ process, clock }) {
    const rental = await process.rentBox('the box');
    let current = rental;
    for (let rounds = 0; rounds < 60 && current.status === 'booting'; rounds += 1) {
      await clock.sleep(30_000);
      ({ rental: current } = await process.controller.step(current));
    }
    await clock.sleep(5 * MINUTE);
    await process.controller.round();
    const ready = (await process.records.get(rental.id)) ?? rental;
    let ending = await process.records.change(ready, { status: 'ending', reason: 'a person asked for it' });
    for (let rounds = 0; rounds < 20 && ending.status === 'ending'; rounds += 1) {
      ({ rental: ending } = await process.controller.step(ending));
      await clock.sleep(20_000);
    }
    await process.ender.followUp();
  },
};

/** The answer to the create is lost, the first offer is gone, the machine is parked and taken back. */
const inDoubt: ShortLife = {
  name: 'a lost answer, parked, taken back',
  async live({ process, clock, sim }) {
    sim.fail('lost-answer', { times: 1, route: /asks/ });
    const rented = await process.rentBox('the box').catch(() => undefined);
    let current = rented ?? (await process.records.list({ isLive: true }))[0];
    for (let rounds = 0; current && rounds < 40 && current.status !== 'ready'; rounds += 1) {
      ({ rental: current } = await process.controller.step(current));
      await clock.sleep(30_000);
    }
    if (!current) return;
    const parked = await process.ender.park(current, 'torture');
    await clock.sleep(MINUTE);
    const taken = await process.ender.undo(parked);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      await process.controller.round();
      await clock.sleep(30_000);
    }
    await process.ender.park((await process.records.get(taken.rental.id)) ?? taken.rental, 'torture');
  },
};

export const SHORT_LIVES: readonly ShortLife[] = [rentAndEnd, inDoubt];

export interface CrashResult {
  /** Where it died; `nowhere` for the life that nothing cut off. */
  readonly at: string;
  readonly points: readonly string[];
  readonly wrong: readonly string[];
}

/** Undefined `crashAt`: nobody dies. */
export async function dieAt(life: ShortLife, crashAt: number | undefined): Promise<CrashResult> {
  await using world = await openWorld({
    seed: `crash ${life.name}`,
    ...(crashAt !== undefined && { crashAt }),
  });
  const { clock, witness, points } = world;
  // Set by a hand that does not die, so that every point is one of renting.
  const cap = { scope: 'total', window: 'all', limit: microUsd(CAP_USD), setBy: 'torture' } as const;
  await stepUntil(clock, world.ledger.setCap(cap));
  const ended = await stepUntil(clock, Promise.race([life.live(world).then(() => 'nowhere'), points.died]));
  await witness.look({ capUsd: CAP_USD });
  world.restart();
  const left = await liveToRest(world, { capUsd: CAP_USD, leastHours: 2 });
  return {
    at: crashAt === undefined ? 'nowhere' : ended,
    points: points.passed,
    wrong: [...witness.broken.map(({ invariant, what }) => `${invariant}: ${what}`), ...left],
  };
}
