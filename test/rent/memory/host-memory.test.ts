import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/base/std/index.ts';
import {
  createHostMemory,
  memoryMigrations,
  type Observation,
} from '../../../src/rent/rental/memory/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

async function aMemory(engine: (typeof ENGINES)[number]) {
  const test = await freshStore(engine, { migrations: memoryMigrations });
  const memoryOn = (store = test.store) => createHostMemory({ store, clock: test.clock });
  return { ...test, memoryOn, memory: memoryOn(), nowMs: test.clock.now() };
}

describe.each(ENGINES)('the memory of hosts on %s', (engine) => {
  it('counts what is recorded twice by one key once, also from two processes at one moment', async () => {
    const { memory, memoryOn, openAgain, nowMs } = await aMemory(engine);
    const other = memoryOn(await openAgain());
    const seen: Observation = {
      key: 'boot:rental_1:1',
      machineId: 7,
      hostId: 3,
      atMs: nowMs,
      kind: 'boot',
      outcome: 'ready',
      blame: 'nobody',
      bootSeconds: 61.5,
    };
    const added = await Promise.all([memory.record(seen), other.record({ ...seen, bootSeconds: 99 })]);
    expect(added.toSorted()).toEqual([0, 1]);
    expect((await memory.facts())(7, 3)?.machine?.boots).toBe(1);
    expect(await memory.record(seen)).toBe(0);
  });

  it('gives back what was recorded, oldest first, and may be recorded elsewhere from that', async () => {
    const { memory, nowMs } = await aMemory(engine);
    const place = { machineId: 7, hostId: null };
    const all: Observation[] = [
      { ...place, key: 'a', atMs: nowMs - 5, kind: 'fault', fault: 'ecc', note: '3 errors' },
      { ...place, key: 'b', atMs: nowMs, kind: 'probe', report: { disk: { writeMbPerSecond: 1.5 } } },
    ];
    await memory.record(...all.toReversed());
    const exported = await memory.export();
    expect(exported).toEqual(all);
    const elsewhere = await aMemory(engine);
    expect(await elsewhere.memory.record(...exported)).toBe(2);
    expect(await elsewhere.memory.export()).toEqual(all);
  });

  it('refuses figures that are none, and writes nothing of that call', async () => {
    const { memory, nowMs } = await aMemory(engine);
    const ran = { machineId: 7, hostId: null, atMs: nowMs, kind: 'ran' } as const;
    await expect(
      memory.record({ ...ran, key: 'a', hours: 1 }, { ...ran, key: 'b', hours: Number.NaN }),
    ).rejects.toThrow('hours is NaN');
    expect(await memory.export()).toEqual([]);
  });

  it('passes over kinds that a later version wrote', async () => {
    const { memory, store, nowMs } = await aMemory(engine);
    await store.db
      .$extendTables<{ host_observations: Record<string, unknown> }>()
      .insertInto('host_observations')
      .values({ key: 'x', machine_id: 7, host_id: null, at: nowMs, kind: 'later', figures: '{}' } as never)
      .execute();
    expect(await memory.rows()).toEqual([]);
    expect((await memory.facts())(7, null)).toBeUndefined();
  });

  it('shows a row for each machine, the last seen first, with its newest trouble', async () => {
    const { memory, nowMs } = await aMemory(engine);
    const of = (machineId: number, key: string, daysAgo: number) => ({
      key,
      machineId,
      hostId: 3,
      atMs: nowMs - daysAgo * DAY_MS,
    });
    await memory.record(
      { ...of(1, 'a', 5), kind: 'boot', outcome: 'ready', blame: 'nobody', bootSeconds: 40 },
      { ...of(1, 'b', 4), kind: 'boot', outcome: 'ssh', blame: 'machine', bootSeconds: 900 },
      { ...of(1, 'c', 4), kind: 'ran', hours: 12 },
      { ...of(1, 'd', 2), kind: 'fault', fault: 'hot', note: '94 °C' },
      { ...of(2, 'e', 1), kind: 'bandwidth', direction: 'down', measuredMbps: 90, advertisedMbps: 100 },
    );
    const rows = await memory.rows();
    expect(rows.map(({ machineId }) => machineId)).toEqual([2, 1]);
    expect(rows[0]).toMatchObject({ bandwidthShare: 0.9, note: '', bootsOk: 0, bootSecondsMedian: null });
    expect(rows[1]).toMatchObject({
      hostId: 3,
      bootsOk: 1,
      bootsFailed: 1,
      bootSecondsMedian: 40,
      hoursSeen: 12,
      faults: 1,
      lastSeenMs: nowMs - 2 * DAY_MS,
      note: '94 °C, 2d ago',
    });
    expect((await memory.rows({ machineIds: [2] })).map(({ machineId }) => machineId)).toEqual([2]);
    expect(await memory.rows({ machineIds: [] })).toEqual([]);
    expect(await memory.rows({ hostId: 4 })).toEqual([]);
    expect((await memory.rows({ sinceMs: nowMs - DAY_MS })).map(({ machineId }) => machineId)).toEqual([2]);
  });
});
