// When a run will end and what that costs.
import { describe, expect, it } from 'vitest';
import { createRandom, microUsd, usd } from '../../../src/base/std/index.ts';
import {
  adviseCheckpoints,
  createLogParser,
  createStepTimes,
  estimateFinish,
  type Finish,
  type FinishQuestion,
  type Progress,
  paceOf,
  type StepTimes,
} from '../../../src/rent/training/index.ts';
import { parsed } from './a-log.ts';

const NO_PAUSE = { count: 0, seconds: [], everySteps: null };
const times = (stepS: readonly number[], pauses: Partial<StepTimes['pauses']> = {}): StepTimes => ({
  unit: 'step',
  stepS,
  pauses: { evaluation: NO_PAUSE, checkpoint: NO_PAUSE, unexplained: NO_PAUSE, ...pauses },
});
const progress = (done: number, total: number | null): Progress => ({ unit: 'step', done, total });
const known = (question: Partial<FinishQuestion>): Finish & { kind: 'known' } => {
  const finish = estimateFinish({
    nowMs: 0,
    progress: progress(100, 1_100),
    times: times(Array(50).fill(2)),
    ...question,
  });
  if (finish.kind !== 'known') throw new Error(`not known: ${finish.kind}`);
  return finish;
};

describe('the time that remains', () => {
  it('is steps times a step’s time where all are alike', () => {
    expect(known({}).remainingS.likely).toBeCloseTo(2_000, 6);
    expect(known({ nowMs: 5_000 }).endsAtMs.likely).toBeCloseTo(2_005_000, 3);
    expect(known({}).samples).toBe(50);
  });

  it('is done at the last step, and not one before', () => {
    expect(estimateFinish({ nowMs: 0, progress: progress(10, 10), times: times([1]) })).toEqual({
      kind: 'done',
    });
    expect(estimateFinish({ nowMs: 0, progress: progress(9, 10), times: times([1]) }).kind).toBe('known');
  });

  it('is unknown, and says why, without a total or without any time', () => {
    expect(estimateFinish({ nowMs: 0, progress: progress(10, null), times: times([1]) })).toEqual({
      kind: 'unknown',
      reason: 'The log does not tell how many steps there are',
    });
    expect(estimateFinish({ nowMs: 0, progress: progress(1, 9), times: times([]) }).kind).toBe('unknown');
  });

  it('is the log’s own where no step has been timed', () => {
    const { remainingS, samples } = known({ times: times([]), remainingS: 400 });
    expect(remainingS).toEqual({ low: 300, likely: 400, high: 500 });
    expect(samples).toBe(0);
  });

  it('is not moved by one wild step', () => {
    const wild = [...Array(99).fill(2), 5_000];
    expect(known({ times: times(wild) }).remainingS.likely).toBeCloseTo(2_000, 6);
  });

  it('holds the truth in some 8 of 10 runs whose speed wanders', () => {
    const random = createRandom('intervals');
    let held = 0;
    const runs = 300;
    for (let run = 0; run < runs; run += 1) {
      // Minutes at one speed, then at another: blocks of 50 steps of a common factor, and noise on each.
      const all: number[] = [];
      for (let block = 0; block < 24; block += 1) {
        const speed = Math.exp(0.1 * random.normal());
        for (let n = 0; n < 50; n += 1) all.push(speed * Math.exp(0.05 * random.normal()));
      }
      const { remainingS } = known({ times: times(all.slice(0, 400)), progress: progress(400, 1_200) });
      const truth = all.slice(400).reduce((sum, value) => sum + value, 0);
      if (remainingS.low <= truth && truth <= remainingS.high) held += 1;
    }
    expect(held / runs).toBeGreaterThan(0.75);
    expect(held / runs).toBeLessThan(1);
  });

  it('counts evaluations and checkpoints that are still to come', () => {
    const finish = known({
      times: times(Array(50).fill(2), {
        evaluation: { count: 4, seconds: [30, 30, 30, 30], everySteps: 100 },
        checkpoint: { count: 1, seconds: [60], everySteps: 500 },
      }),
    });
    expect(finish.pausesS).toBeCloseTo(10 * 30 + 2 * 60, 6);
    expect(finish.remainingS.likely).toBeCloseTo(2_420, 6);
  });

  it('costs what the hours cost', () => {
    const { cost } = known({ pricePerHour: microUsd(1.8) });
    expect(usd(cost?.likely ?? microUsd(0))).toBeCloseTo(1, 6);
    expect(known({}).cost).toBeNull();
  });
});

describe('interruptions', () => {
  const hour = times(Array(50).fill(3.6));

  it('add nothing where there are none', () => {
    const hazard = { interruptionsPerHour: 0, restartS: 600, checkpointEveryS: 300 };
    expect(known({ times: hour, hazard }).interruptionsS).toBe(0);
  });

  it('without checkpoints lose everything: an hour’s work at one an hour takes (e − 1) hours, and e^λR times that with restarts', () => {
    const hazard = { interruptionsPerHour: 1, restartS: 0, checkpointEveryS: null };
    expect(known({ times: hour, hazard }).remainingS.likely / 3_600).toBeCloseTo(Math.E - 1, 9);
    const slow = { ...hazard, restartS: 360 };
    expect(known({ times: hour, hazard: slow }).remainingS.likely / 3_600).toBeCloseTo(
      (Math.E - 1) * Math.exp(0.1),
      9,
    );
  });

  it('cost less with checkpoints, and widen the interval', () => {
    const hazard = { interruptionsPerHour: 1, restartS: 120, checkpointEveryS: 300 };
    const calm = known({ times: hour });
    const risky = known({ times: hour, hazard });
    const bare = known({ times: hour, hazard: { ...hazard, checkpointEveryS: null } });
    expect(risky.remainingS.likely).toBeGreaterThan(calm.remainingS.likely);
    expect(risky.remainingS.likely).toBeLessThan(bare.remainingS.likely);
    expect(risky.remainingS.high - risky.remainingS.low).toBeGreaterThan(
      calm.remainingS.high - calm.remainingS.low,
    );
  });

  it('agree with a simulation of the same run', () => {
    const random = createRandom('interruptions');
    const [workS, everyS, restartS, ratePerS] = [36_000, 1_800, 300, 1 / 7_200];
    let total = 0;
    const runs = 2_000;
    for (let run = 0; run < runs; run += 1) {
      for (let done = 0; done < workS; ) {
        let needS = everyS;
        for (;;) {
          const untilS = random.exponential(1 / ratePerS);
          if (untilS >= needS) break;
          total += untilS;
          needS = everyS + restartS;
        }
        total += needS;
        done += everyS;
      }
    }
    const hazard = { interruptionsPerHour: 0.5, restartS, checkpointEveryS: everyS };
    const finish = known({ times: times(Array(50).fill(36)), hazard });
    // Daly takes a restart to be there before each segment; that is some hundredths above the simulation.
    expect(finish.remainingS.likely / (total / runs)).toBeGreaterThan(0.99);
    expect(finish.remainingS.likely / (total / runs)).toBeLessThan(1.06);
  });
});

describe('step times of a log', () => {
  const timesOf = (log: string, nowMs?: () => number) => {
    const steps = createStepTimes();
    for (const event of parsed(log, nowMs ? { nowMs } : {}).events) steps.push(event);
    return steps.times();
  };
  const line = (step: number, seconds: number) =>
    `step:${step}/900 train_loss:2.5 train_time:${seconds * 1_000}ms step_avg:1ms`;

  it('leave out the pauses, and tell them apart', () => {
    let clock = 0;
    const lines: string[] = [];
    for (let step = 1; step <= 120; step += 1) {
      clock += 2;
      if (step % 40 === 0) {
        lines.push('Running evaluation');
        clock += 30;
      }
      if (step === 70 || step === 100) {
        lines.push(`Saved checkpoint to /out/step_${step}`);
        clock += 11;
      }
      if (step === 90) clock += 300;
      lines.push(line(step, clock));
    }
    const { stepS, pauses } = timesOf(`${lines.join('\n')}\n`);
    expect(stepS.every((value) => Math.abs(value - 2) < 1e-9)).toBe(true);
    expect(pauses.evaluation).toEqual({ count: 3, seconds: [30, 30, 30], everySteps: 40 });
    expect(pauses.checkpoint).toEqual({ count: 2, seconds: [11, 11], everySteps: 30 });
    expect(pauses.unexplained).toEqual({ count: 1, seconds: [300], everySteps: null });
  });

  it('come from the arrival of lines where the log tells no time, and not from a clock that is set back', () => {
    let now = 1_000_000;
    const log = Array.from({ length: 9 }, (_, n) => `step ${n}/10 loss 0.5\n`).join('');
    const arrivals = [0, 3_000, 3_000, 3_000, -50_000, 3_000, 3_000, 3_000, 3_000];
    const { stepS, pauses } = timesOf(log, () => {
      now += arrivals.shift() ?? 0;
      return now;
    });
    // Of four and five lines in a row, the last is waited for.
    expect(stepS).toEqual([3, 3, 3, 3, 3]);
    expect(pauses.unexplained.count).toBe(0);
  });

  it('are not the time between two fetches where several lines come at once', () => {
    const fetched = (line: (step: number) => string) => {
      const steps = createStepTimes();
      let now = 0;
      const parser = createLogParser({ nowMs: () => now });
      for (let batch = 0; batch < 30; batch += 1) {
        now = batch * 10_000;
        if (batch === 20) for (const event of parser.push('Running evaluation')) steps.push(event);
        if (batch >= 20) now += 60_000;
        for (let n = 0; n < 5; n += 1)
          for (const event of parser.push(line(batch * 5 + n))) steps.push(event);
      }
      return steps.times();
    };
    const silent = fetched((step) => `step ${step}/999 loss 0.5`);
    expect(new Set(silent.stepS)).toEqual(new Set([2]));
    expect(silent.pauses.evaluation).toMatchObject({ count: 1, seconds: [60] });
    const telling = fetched((step) => `iter ${step}: loss 4.5000, time 2000.00ms, mfu 12.00%`);
    expect(new Set(telling.stepS)).toEqual(new Set([2]));
    expect(telling.pauses.evaluation).toMatchObject({ count: 1, seconds: [60] });
    expect([silent, telling].map(({ pauses }) => pauses.unexplained.count)).toEqual([0, 0]);
  });

  it('do not count the time between two attempts', () => {
    const lines = [
      ...[1, 2, 3, 50].map((step) => line(step, step * 2)),
      ...[1, 2, 3].map((step) => line(step, 1_000 + step * 2)),
    ];
    const { stepS, pauses } = timesOf(`${lines.join('\n')}\n`);
    expect(new Set(stepS)).toEqual(new Set([2]));
    expect(pauses.unexplained.count).toBe(0);
  });
});

describe('the pace', () => {
  it('is the median of all and of the latest eight, known from sixteen steps on', () => {
    const row = [...Array(30).fill(1), ...Array(8).fill(3)];
    expect(paceOf(times(row))).toEqual({ usualStepS: 1, recentStepS: 3 });
    expect(paceOf(times(row.slice(0, 16)))).toEqual({ usualStepS: 1, recentStepS: 1 });
    expect(paceOf(times(row.slice(0, 15)))).toEqual({ usualStepS: null, recentStepS: null });
  });
});

describe('advice on checkpoints', () => {
  const question = {
    costS: 50,
    interruptionsPerHour: 0.36,
    currentEveryS: 10_000,
    workS: 100_000,
    stepS: 2,
    pricePerHour: microUsd(2),
  };

  it('is Young’s interval, in steps, with what it saves an hour', () => {
    const advice = adviseCheckpoints(question);
    // √(2·50/0.0001) = 1,000 s. Wasted: 5 % + 5 % instead of 0.5 % + 50 %.
    expect(advice.everyS).toBeCloseTo(1_000, 6);
    expect(advice.everySteps).toBe(500);
    expect(advice.wasteShare).toBeCloseTo(0.1, 9);
    expect(advice.wasteShareNow).toBeCloseTo(0.505, 9);
    expect(usd(advice.savedPerHour)).toBeCloseTo(0.81, 6);
    expect(advice.sentence).toBe(
      'Write a checkpoint every 16m 40s (500 steps), now one is written every 2h 46m: that saves $0.810 an hour',
    );
  });

  it('takes another formula', () => {
    expect(adviseCheckpoints({ ...question, interval: ({ costS }) => 10 * costS }).everyS).toBe(500);
  });

  it('is to write none where the machine is never taken away', () => {
    const advice = adviseCheckpoints({ ...question, interruptionsPerHour: 0, currentEveryS: 500 });
    expect(advice).toMatchObject({ everyS: null, wasteShare: 0 });
    expect(advice.sentence).toContain('No checkpoint is worth its time');
  });

  it('is content with an interval that wastes a hundredth more', () => {
    expect(adviseCheckpoints({ ...question, currentEveryS: 1_300 }).sentence).toContain('well spaced');
  });
});
