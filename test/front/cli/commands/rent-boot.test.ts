// Following a boot, on a stepped clock, a simulated marketplace and twins: what a person reads, and what is left.
import { describe, expect, it, onTestFinished } from 'vitest';
import { SteppedClock } from '../../../../src/base/std/index.ts';
import { followBoot, leftSentence } from '../../../../src/front/cli/commands/rent-boot.ts';
import type { Terminal } from '../../../../src/front/cli/process.ts';
import { type Rental, RentInDoubtError } from '../../../../src/rent/rental/index.ts';
import { createSim, type Sim, twinInside } from '../../../../src/sim/index.ts';
import { stepUntil } from '../../../rent/a-rent-world.ts';
import { gpusOf, openRentStore, startProcess } from '../../../rent/a-renting.ts';

async function aBoot() {
  const clock = new SteppedClock();
  let sim: Sim;
  const inside = await twinInside({ clock, seed: 'boot', programs: gpusOf(() => sim) });
  sim = createSim(
    { seed: 'boot', clock, offers: 400, credit: 1_000, searchesPerMinute: Number.POSITIVE_INFINITY },
    inside,
  );
  const store = await openRentStore(':memory:', clock);
  const process = startProcess({ sim, clock, name: 'first', store });
  onTestFinished(async () => {
    await sim.close();
    await store.close();
  });
  let err = '';
  const terminal = {
    err: (text: string) => {
      err += text;
    },
    errIsTerminal: false,
    columns: 100,
  } as Terminal;
  return {
    sim,
    clock,
    process,
    said: () => err,
    live: <T>(work: Promise<T>) => stepUntil(clock, work),
    follow: (rental: Rental, signal?: AbortSignal) =>
      stepUntil(clock, followBoot({ terminal, clock }, process, rental, signal)),
  };
}

describe('a boot that is followed', () => {
  it('comes to a machine that was entered, with a line for each phase', async () => {
    const world = await aBoot();
    const rental = await world.live(world.process.rentBox('lab'));
    const followed = await world.follow(rental);
    expect(followed).toMatchObject({ kind: 'ready', rental: { status: 'ready' } });
    const id = followed.rental.instanceId;
    expect(world.said()).toMatch(
      new RegExp(`Instance ${id} \\(lab\\) is made on machine \\d+, at \\$[\\d.]+/h\\.`),
    );
    expect(world.said()).toMatch(/ready in about/);
  });

  it('that fails is destroyed, and over only when it is gone', async () => {
    const world = await aBoot();
    world.sim.fail('fatal-pull');
    const rental = await world.live(world.process.rentBox('lab'));
    const followed = await world.follow(rental);
    expect(followed).toMatchObject({ kind: 'gone', rental: { status: 'gone' } });
    expect(followed.kind === 'gone' && followed.failure?.error.message).toMatch(
      /^Instance \d+ failed to start: /,
    );
    expect(world.sim.truth.instances().filter((one) => one.destroyedMs === undefined)).toEqual([]);
    expect(leftSentence(followed.rental, world.clock.now())).toBe('lab is over: nothing is left of it.');
  });

  it('goes on when nobody knows whether the create came through', async () => {
    const world = await aBoot();
    world.sim.fail('lost-answer', { times: 1, route: /asks/ });
    const error: unknown = await world.live(world.process.rentBox('lab').catch((each: unknown) => each));
    expect(error).toBeInstanceOf(RentInDoubtError);
    const rental = (await world.process.records.get((error as RentInDoubtError).rentalId ?? '')) as Rental;
    expect(rental.status).toBe('creating');
    expect(leftSentence(rental, world.clock.now())).toContain(
      'a create was sent and its answer is not known',
    );
    const followed = await world.follow(rental);
    expect(followed.kind).toBe('ready');
    expect(world.sim.truth.instances()).toHaveLength(1);
  });

  it('outlasts a service that is away for some minutes', async () => {
    const world = await aBoot();
    const rental = await world.live(world.process.rentBox('lab'));
    world.sim.fail('server-error', { times: 40, route: /instances/ });
    expect((await world.follow(rental)).kind).toBe('ready');
  });

  it('ends with the reason of the signal, and the machine stays under its name', async () => {
    const world = await aBoot();
    const rental = await world.live(world.process.rentBox('lab'));
    const reason = new Error('Ctrl-C');
    await expect(world.follow(rental, AbortSignal.abort(reason))).rejects.toBe(reason);
    const left = (await world.process.records.get(rental.id)) as Rental;
    expect(leftSentence(left, world.clock.now())).toMatch(
      new RegExp(
        `^lab: instance ${left.instanceId} is left on the account, \\$[\\d.]+/h while it runs, and stops itself in 1h`,
      ),
    );
  });
});
