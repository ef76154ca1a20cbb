// The ways into machines: not too many handshakes at once, and the next key where one is refused.
import { AuthRefusedError, ConnectRefusedError, type RemoteShell } from 'vastdeck/ssh';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRandom, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import type { Instance } from '../../../src/net/vast/index.ts';
import { createMachinePool } from '../../../src/rent/jobs/index.ts';
import { connectInTurn } from '../../../src/rent/monitor/index.ts';
import type { ConnectInstance } from '../../../src/rent/rental/index.ts';
import { createTwinMachine } from '../../../src/sim/twin/index.ts';
import { stepped } from '../remote/a-target.ts';

function aPool(connect: ConnectInstance, listing: { complete: boolean; ids: readonly number[] }) {
  const clock = new SteppedClock();
  const pool = createMachinePool({
    watcher: {
      refresh: async () => ({
        generation: 1,
        startedAtMs: clock.now(),
        complete: listing.complete,
        reason: '',
        instances: listing.ids.map((id) => ({ id, ssh: {} }) as Instance),
      }),
      lookup: async () => undefined,
    },
    connect,
    connectionsAtOnce: 3,
    clock,
    random: createRandom('pool'),
    log: silentLog,
  });
  onTestFinished(() => pool.close());
  return { clock, pool };
}

describe('the connections of a monitor', () => {
  it('are made three at a time where three are allowed, and all of them in the end', async () => {
    let underWay = 0;
    let most = 0;
    const { clock, pool } = aPool(
      async ({ id }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await clock.sleep(1_000);
        underWay -= 1;
        if (id % 4 === 0) throw new ConnectRefusedError('nobody listens');
        return await createTwinMachine({ clock, seed: id }).connect();
      },
      { complete: true, ids: Array.from({ length: 20 }, (_, at) => at + 1) },
    );
    const opened = Array.from({ length: 20 }, (_, at) =>
      pool
        .opener(at + 1)()
        .catch(String),
    );
    const ends = await stepped(clock, Promise.all(opened));
    expect(most).toBe(3);
    expect(ends.filter((end) => typeof end === 'string')).toHaveLength(5);
    for (const end of ends) if (typeof end !== 'string') await end.close();
  });

  it('go where a machine was while the account cannot be listed, and nowhere when it is gone', async () => {
    const listing = { complete: true, ids: [1] as readonly number[] };
    const reached: number[] = [];
    const { clock, pool } = aPool(async ({ id }) => {
      reached.push(id);
      throw new ConnectRefusedError('nobody listens');
    }, listing);
    const tried = () =>
      stepped(
        clock,
        pool
          .opener(1)()
          .catch((error: unknown) => (error as Error).message),
      );
    await tried();
    Object.assign(listing, { complete: false, ids: [] });
    expect(await tried()).toBe('nobody listens');
    Object.assign(listing, { complete: true, ids: [] });
    expect(await tried()).toContain('Instance 1 is not there any more');
    expect(reached).toEqual([1, 1]);
  });
});

describe('the ways into a machine', () => {
  const shell = {} as RemoteShell;
  const instance = { id: 7, ssh: {} } as Instance;
  const way = (name: string, tried: string[], end: () => Promise<RemoteShell>): ConnectInstance => {
    return async () => {
      tried.push(name);
      return await end();
    };
  };

  it("try our key where the person's is refused, and ours first from then on", async () => {
    const tried: string[] = [];
    const connect = connectInTurn([
      way('personal', tried, async () => await Promise.reject(new AuthRefusedError('personal'))),
      way('own', tried, async () => shell),
    ]);
    expect(await connect(instance)).toBe(shell);
    expect(await connect(instance)).toBe(shell);
    expect(tried).toEqual(['personal', 'own', 'own']);
  });

  it('try no other key where the machine is not there', async () => {
    const tried: string[] = [];
    const connect = connectInTurn([
      way('personal', tried, async () => await Promise.reject(new ConnectRefusedError('gone'))),
      way('own', tried, async () => shell),
    ]);
    await expect(connect(instance)).rejects.toThrow('gone');
    expect(tried).toEqual(['personal']);
  });

  it("are told by the person's refusal where all are refused", async () => {
    const refuse = (name: string) =>
      way(name, [], async () => await Promise.reject(new AuthRefusedError(name)));
    await expect(connectInTurn([refuse('personal'), refuse('own')])(instance)).rejects.toThrow('personal');
  });
});
