import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/base/std/index.ts';
import { factsFrom } from '../../../src/rent/rental/memory/facts.ts';
import { bootObservation, HALF_LIFE_MS, type Observation } from '../../../src/rent/rental/memory/index.ts';

const nowMs = Date.UTC(2026, 10, 1);
let keys = 0;
const at = (machineId: number, daysAgo = 0, hostId: number | null = 9) => ({
  key: `k${++keys}`,
  machineId,
  hostId,
  atMs: nowMs - daysAgo * DAY_MS,
});
const boot = (
  machineId: number,
  bootSeconds: number,
  rest: { outcome?: string; blame?: 'machine' | 'launch' | 'nobody'; daysAgo?: number } = {},
): Observation => ({
  ...at(machineId, rest.daysAgo),
  kind: 'boot',
  outcome: rest.outcome ?? 'ready',
  blame: rest.blame ?? 'nobody',
  bootSeconds,
});
const speed = (machineId: number, value: number, expected: number | null = null): Observation => ({
  ...at(machineId),
  kind: 'speed',
  gpuName: 'RTX 4090',
  gpuCount: 1,
  method: 'matmul',
  value,
  unit: 'TFLOPS',
  expected,
});

describe('facts of a machine', () => {
  it('are undefined where neither the machine nor its host was ever seen', () => {
    const facts = factsFrom([boot(1, 60)], nowMs);
    expect(facts(2, 8)).toBeUndefined();
    expect(facts(2, null)).toBeUndefined();
    expect(facts(1, null)?.machine?.boots).toBe(1);
  });

  it('count half after a half-life, and a clock that was ahead counts as now', () => {
    const days = HALF_LIFE_MS / DAY_MS;
    expect(factsFrom([boot(1, 60, { daysAgo: days })], nowMs)(1, null)?.machine?.boots).toBeCloseTo(0.5);
    expect(factsFrom([boot(1, 60, { daysAgo: -3 })], nowMs)(1, null)?.machine?.boots).toBe(1);
  });

  it.each([
    ['a boot that worked', 'ready', 'nobody', { boots: 1, bootFailures: 0 }],
    ['a failure that tells against the machine', 'ssh', 'machine', { boots: 1, bootFailures: 1 }],
    ['an image that does not exist', 'no-manifest', 'launch', { boots: 0, bootFailures: 0 }],
    ['a boot that somebody stopped', 'stopped', 'nobody', { boots: 0, bootFailures: 0 }],
  ] as const)('count %s as what it is', (_, outcome, blame, counts) => {
    expect(factsFrom([boot(1, 60, { outcome, blame })], nowMs)(1, null)?.machine).toMatchObject(counts);
  });

  it('give the median of boots that worked, the newer ones counting more', () => {
    const even = [boot(1, 30), boot(1, 50), boot(1, 900)];
    expect(factsFrom(even, nowMs)(1, null)?.machine?.bootSecondsMedian).toBe(50);
    const slowNow = [boot(1, 30, { daysAgo: 180 }), boot(1, 50, { daysAgo: 180 }), boot(1, 900)];
    expect(factsFrom(slowNow, nowMs)(1, null)?.machine?.bootSecondsMedian).toBe(900);
    const failed = [boot(1, 5, { outcome: 'lost', blame: 'machine' })];
    expect(factsFrom(failed, nowMs)(1, null)?.machine?.bootSecondsMedian).toBeNull();
  });

  it('give hours and interruptions, so that a rate may be made of them', () => {
    const seen: Observation[] = [
      { ...at(1), kind: 'ran', hours: 10 },
      { ...at(1), kind: 'ran', hours: 30 },
      { ...at(1), kind: 'interruption', cause: 'outbid' },
    ];
    expect(factsFrom(seen, nowMs)(1, null)?.machine).toMatchObject({ hoursSeen: 40, interruptions: 1 });
  });

  it('give the share of the advertised download, and nothing for upload or for a host that advertises none', () => {
    const line = (direction: 'down' | 'up', measuredMbps: number, advertisedMbps: number): Observation => ({
      ...at(1),
      kind: 'bandwidth',
      direction,
      measuredMbps,
      advertisedMbps,
    });
    const facts = factsFrom([line('down', 400, 1_000), line('up', 1, 1_000), line('down', 5, 0)], nowMs);
    expect(facts(1, null)?.machine?.bandwidthShare).toBeCloseTo(0.4);
  });
});

describe('facts of a host', () => {
  it('are those of all of its machines, this one included, also for a machine that was never seen', () => {
    const facts = factsFrom([boot(1, 60), boot(2, 80)], nowMs);
    expect(facts(1, 9)).toMatchObject({ machine: { boots: 1 }, host: { boots: 2 } });
    expect(facts(3, 9)).toMatchObject({ machine: undefined, host: { boots: 2 } });
  });
});

describe('speed against class', () => {
  it('is the share of what the class is known to do', () => {
    expect(factsFrom([speed(1, 80, 100)], nowMs)(1, null)?.machine?.speedShare).toBeCloseTo(0.8);
  });

  it('is the share of the median machine once three of the class were measured, and unknown before', () => {
    const two = [speed(1, 80), speed(2, 100)];
    expect(factsFrom(two, nowMs)(1, null)?.machine?.speedShare).toBeNull();
    expect(factsFrom([...two, speed(3, 120)], nowMs)(1, null)?.machine?.speedShare).toBeCloseTo(0.8);
    // One machine that is measured often does not become the class.
    const often = [...two, speed(1, 80), speed(1, 80), speed(3, 120)];
    expect(factsFrom(often, nowMs)(1, null)?.machine?.speedShare).toBeCloseTo(0.8);
  });

  it('never compares figures of two methods', () => {
    const others = [speed(1, 80), speed(2, 100), { ...speed(3, 120), method: 'another' } as Observation];
    expect(factsFrom(others, nowMs)(1, null)?.machine?.speedShare).toBeNull();
  });
});

describe('what the memory learns from a boot', () => {
  const rental = {
    id: 'rental_1',
    attempt: 2,
    instanceId: 3,
    machineId: 4,
    hostId: undefined,
    bootingAtMs: 5,
  };
  const figures = { outcome: 'ready', bootSeconds: 60, pullSeconds: undefined, sshSeconds: 9 };

  it('has one key for one boot, whenever its end is seen, and another for the next', () => {
    const seen = { rental, figures, blame: 'nobody', atMs: 100 } as const;
    const first = bootObservation(seen);
    expect(first).toMatchObject({ machineId: 4, hostId: null, kind: 'boot', bootSeconds: 60 });
    expect(bootObservation({ ...seen, atMs: 200 })?.key).toBe(first?.key);
    expect(bootObservation({ ...seen, rental: { ...rental, bootingAtMs: 6 } })?.key).not.toBe(first?.key);
  });

  it('is nothing where its machine is not known', () => {
    const nowhere = { ...rental, machineId: undefined };
    expect(bootObservation({ rental: nowhere, figures, blame: 'machine', atMs: 1 })).toBeUndefined();
  });
});
