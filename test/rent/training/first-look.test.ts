// The end of a run whose log is read for the first time and tells no times: what follows from when it began, how far it is
// and when its newest line was written. Expected values are computed here by hand.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createLineReader,
  createLogParser,
  createStepTimes,
  createWorkedSteps,
  estimateFinish,
  type Finish,
  type OutsideFacts,
  outsidePace,
  progressOf,
  remainingStepsOf,
  type WorkedSteps,
} from '../../../src/rent/training/index.ts';
import { parsed, shellNumber } from './a-log.ts';

const HOUR_MS = 3_600_000;
const NOTHING: OutsideFacts = {
  programStartedAtMs: null,
  logBornAtMs: null,
  machineStartedAtMs: null,
  readShare: 1,
  isNewestTimed: true,
};
/** 3,600 steps in lines 100 apart, the newest 10 hours after midnight of the epoch: 10 s a step where it began then. */
const WORKED: WorkedSteps = {
  all: 3_600,
  present: 3_600,
  attempts: 1,
  done: 3_600,
  stride: 100,
  newestAtMs: 10 * HOUR_MS,
};

const workedOf = (lines: readonly string[], newestAtMs = 0) => {
  const parser = createLogParser({ nowMs: () => newestAtMs });
  const watch = createWorkedSteps();
  for (const line of lines) for (const event of parser.push(line)) watch.push(event);
  return watch.worked();
};
const steps = (from: number, to: number, by: number) =>
  Array.from({ length: (to - from) / by + 1 }, (_, at) => `step ${from + at * by}/9000 loss 2.5`);

describe('the steps that a log tells', () => {
  it('are those from its first line to its newest, and those that led to the first', () => {
    // 100 to 1,000: 900 between the lines, 100 before the first.
    expect(workedOf(steps(100, 1_000, 100), 77)).toEqual({
      all: 1_000,
      present: 1_000,
      attempts: 1,
      done: 1_000,
      stride: 100,
      newestAtMs: 77,
    });
  });

  it('do not count what was done before a checkpoint that it resumed from', () => {
    // 5,100 to 6,000: 900 between the lines, 100 before the first, not 5,100.
    expect(workedOf(steps(5_100, 6_000, 100))).toMatchObject({ all: 1_000, done: 6_000 });
  });

  it('are those of all attempts together, and of the present one', () => {
    // 10 to 500 are 500; again from 210 to 400 are 190 + 10.
    expect(workedOf([...steps(10, 500, 10), ...steps(210, 400, 10)])).toMatchObject({
      all: 700,
      present: 200,
      attempts: 2,
      done: 400,
    });
  });

  it('are unknown of one line, and of two runs in one log', () => {
    expect(workedOf(steps(100, 100, 100))).toBeNull();
    const two = steps(10, 400, 10).flatMap((line, at) => [line, `step ${5_000 + at * 10}/9000 loss 2.5`]);
    expect(workedOf(two)).toBeNull();
  });
});

describe('the time of a step from outside', () => {
  it('is the time since the program began by the steps since then', () => {
    const pace = outsidePace(WORKED, { ...NOTHING, programStartedAtMs: 0 });
    expect(pace?.likely).toBeCloseTo(10, 9);
    // Ten minutes of loading, a second of the clock, and 10 % with the 100 of 3,600 steps before the first line.
    const doubt = 0.1 + 100 / 3_600;
    expect(pace?.low).toBeCloseTo(((36_000 - 600 - 1) / 3_600) * (1 - doubt), 9);
    expect(pace?.high).toBeCloseTo((36_001 / 3_600) * (1 + doubt), 9);
  });

  it('is that since the log was made, where nothing tells of the program, and the program goes before', () => {
    expect(outsidePace(WORKED, { ...NOTHING, logBornAtMs: 5 * HOUR_MS })?.likely).toBeCloseTo(5, 9);
    const both = { ...NOTHING, logBornAtMs: 5 * HOUR_MS, programStartedAtMs: 2 * HOUR_MS };
    expect(outsidePace(WORKED, both)?.likely).toBeCloseTo(8, 9);
  });

  it('of a run that began at an unknown moment since the machine did is a tenth, half and nine tenths of it', () => {
    const pace = outsidePace(WORKED, { ...NOTHING, machineStartedAtMs: 0 });
    const doubt = 0.1 + 100 / 3_600;
    expect(pace?.likely).toBeCloseTo(5, 9);
    expect(pace?.low).toBeCloseTo(1 * (1 - doubt), 9);
    expect(pace?.high).toBeCloseTo(9 * (1 + doubt), 9);
  });

  it('of lines whose time is unknown is no better than that', () => {
    const facts = { ...NOTHING, logBornAtMs: 0, machineStartedAtMs: 0, isNewestTimed: false };
    expect(outsidePace(WORKED, facts)?.likely).toBeCloseTo(5, 9);
  });

  it('of several attempts may have stood still half of the time', () => {
    const worked = { ...WORKED, attempts: 3, present: 600 };
    const one = outsidePace(WORKED, { ...NOTHING, logBornAtMs: 0 });
    const pace = outsidePace(worked, { ...NOTHING, logBornAtMs: 0 });
    expect(pace?.likely).toBeCloseTo(10, 9);
    expect(pace?.high).toBeCloseTo(one?.high ?? 0, 9);
    expect(pace?.low).toBeCloseTo((((36_000 - 600) / 2 - 1) / 3_600) * (1 - 0.1 - 100 / 3_600), 9);
  });

  it('of several attempts in a log that is older than the machine’s start counts the present one since then', () => {
    // The newest line is 10 h, the machine began at 8 h: 2 h for 600 steps at most, half of it most likely.
    const worked = { ...WORKED, attempts: 3, present: 600 };
    const facts = { ...NOTHING, logBornAtMs: 0, machineStartedAtMs: 8 * HOUR_MS };
    expect(outsidePace(worked, facts)?.likely).toBeCloseTo(6, 9);
  });

  it('of a long log of which only the end was read counts by its bytes', () => {
    // 360 steps in an eighth of the bytes are 2,880 steps in all of them: 12.5 s each.
    const worked = { ...WORKED, all: 360, present: 360, done: 3_600, stride: 10 };
    const facts = { ...NOTHING, logBornAtMs: 0, readShare: 1 / 8 };
    expect(outsidePace(worked, facts)?.likely).toBeCloseTo(12.5, 9);
    // As many as there are at most: a third as many bytes would be 5,400 steps of a run that is at 3,600.
    expect(outsidePace(worked, { ...facts, readShare: 1 / 15 })?.likely).toBeCloseTo(10, 9);
  });

  it('is unknown where nothing tells of a beginning, and of a few seconds', () => {
    expect(outsidePace(WORKED, NOTHING)).toBeNull();
    expect(outsidePace({ ...WORKED, newestAtMs: 8_999 }, { ...NOTHING, logBornAtMs: 0 })).toBeNull();
    expect(outsidePace({ ...WORKED, newestAtMs: 9_000 }, { ...NOTHING, logBornAtMs: 0 })).not.toBeNull();
  });
});

describe('what the end stands on', () => {
  const NO_PAUSE = { count: 0, seconds: [], everySteps: null };
  const finishOf = (
    stepS: readonly number[],
    more: { readonly remainingS?: number; readonly remainingSteps?: number; readonly hasOutside?: boolean },
  ): Finish & { kind: 'known' } => {
    const { hasOutside = true, ...told } = more;
    const finish = estimateFinish({
      nowMs: 0,
      progress: { unit: 'step', done: 3_600, total: 4_600 },
      times: {
        unit: 'step',
        stepS,
        pauses: { evaluation: NO_PAUSE, checkpoint: NO_PAUSE, unexplained: NO_PAUSE },
      },
      outsideS: hasOutside ? { low: 9, likely: 10, high: 11 } : null,
      ...told,
    });
    if (finish.kind !== 'known') throw new Error(`not known: ${finish.kind}`);
    return finish;
  };

  it('is the start and the newest line, until step times are better', () => {
    expect(finishOf([], {})).toMatchObject({
      basis: 'start and newest line',
      remainingS: { low: 9_000, likely: 10_000, high: 11_000 },
      samples: 0,
    });
    expect(finishOf([20], {}).basis).toBe('start and newest line');
    expect(finishOf(Array(7).fill(20), { hasOutside: false }).basis).toBe('step times');
  });

  it('are step times as soon as there are eight, however sure the other seems', () => {
    const eight = finishOf([2, 38, 5, 35, 2, 38, 5, 35], {});
    expect(eight).toMatchObject({ basis: 'step times', samples: 8 });
    expect(finishOf([2, 38, 5, 35, 2, 38, 5], {}).basis).toBe('start and newest line');
  });

  it('is what the run printed, where that is surer', () => {
    expect(finishOf([], { remainingS: 8_000, hasOutside: false })).toMatchObject({
      basis: 'printed by the run',
      remainingS: { low: 6_000, likely: 8_000, high: 10_000 },
    });
    expect(finishOf([], { remainingS: 8_000 }).basis).toBe('start and newest line');
  });

  it('is what the run printed, also where its total is unknown, unless that is of an epoch', () => {
    const question = {
      nowMs: 0,
      progress: { unit: 'step', done: 40, total: null },
      times: createStepTimes().times(),
      remainingS: 8_000,
    } as const;
    expect(estimateFinish(question)).toMatchObject({
      basis: 'printed by the run',
      remainingS: { low: 6_000, likely: 8_000, high: 10_000 },
      pausesS: 0,
    });
    expect(estimateFinish({ ...question, remainingSteps: 10 }).kind).toBe('unknown');
    expect(estimateFinish({ ...question, remainingS: 0 }).kind).toBe('unknown');
  });

  it('is more than was printed of the present epoch alone', () => {
    // 50 steps of the epoch in 100 s: 1,000 steps in 2,000 s.
    const finish = finishOf([], { remainingS: 100, remainingSteps: 50, hasOutside: false });
    expect(finish.remainingS.likely).toBeCloseTo(2_000, 9);
  });
});

describe('an end that is printed', () => {
  it.each([
    ['eta: 1:23:45  iter: 19  total_loss: 5.1 step 19', 5_025],
    ['step 5/10 loss 1.5, eta: 1 day, 2:03:04, time: 0.5', 93_784],
    ['step 5/10 loss 1.5 ETA 1h 02m', 3_720],
    ['step 5/10 loss 1.5, time left: 95s', 95],
    ['step 5/10 loss 1.5, remaining: 2 hours 5 minutes', 7_500],
    ['{"step": 5, "total_steps": 10, "loss": 1.5, "eta": "0:10:00"}', 600],
    ['step 5/10 loss 1.5 eta 3', undefined],
    ['step 5/10 loss 1.5 beta: 3:20', undefined],
  ])('in "%s" is read', (line, seconds) => {
    const { figures } = parsed(`${line}\n`).state;
    expect(figures.step).toBeDefined();
    expect(figures.remainingS).toBe(seconds);
    if (seconds !== undefined) expect(Object.keys(figures.custom ?? {})).not.toContain('eta');
  });
});

const FOLDER = new URL('../../../../shared/data/training-logs/', import.meta.url);

interface Real {
  readonly file: string;
  /** Lines of the log that are read: `head`'s count. */
  readonly lines: number;
  /** awk and its like: seconds from the start to the last line that is read, and to the end of all. */
  readonly now: string;
  readonly end: string;
}

/** With their own times taken out, and the truth from elsewhere in the same log. */
const REAL: readonly Real[] = [
  {
    file: 'modded-nanogpt-step-train_time.log',
    lines: 150,
    now: `sed -n 's/.*train_time:\\([0-9]*\\)ms.*/\\1/p' | tail -1 | awk '{print $1 / 1000}'`,
    end: `sed -n 's/.*train_time:\\([0-9]*\\)ms.*/\\1/p' | tail -1 | awk '{print $1 / 1000}'`,
  },
  {
    file: 'llama-factory-trainer_log-a.jsonl',
    lines: 250,
    now: `grep -o '"elapsed_time": "[0-9:]*' | tail -1 | awk -F'[":]' '{print $(NF-2) * 3600 + $(NF-1) * 60 + $NF}'`,
    end: `grep -o '"elapsed_time": "[0-9:]*' | tail -1 | awk -F'[":]' '{print $(NF-2) * 3600 + $(NF-1) * 60 + $NF}'`,
  },
  {
    file: 'mistral-finetune.log',
    lines: 100,
    now: `grep ' - train - INFO - step: ' | tail -1 | sed 's/.*(UTC) - \\([0-9:]*\\) .*/\\1/' | awk -F: '{print $1 * 3600 + $2 * 60 + $3}'`,
    end: `grep ' - train - INFO - step: ' | tail -1 | sed 's/.*(UTC) - \\([0-9:]*\\) .*/\\1/' | awk -F: '{print $1 * 3600 + $2 * 60 + $3}'`,
  },
];

describe.skipIf(!existsSync(FOLDER))('of a real log read at half way, without the times in it', () => {
  it.each(REAL)('the end is in the interval: $file', ({ file, lines, now, end }) => {
    const bytes = readFileSync(new URL(file, FOLDER));
    const read = Buffer.from(`${bytes.toString().split('\n').slice(0, lines).join('\n')}\n`);
    const nowS = shellNumber(now, read);
    const leftS = shellNumber(end, bytes) - nowS;
    expect(leftS).toBeGreaterThan(60);
    const parser = createLogParser({ nowMs: () => nowS * 1_000 });
    const times = createStepTimes();
    const watch = createWorkedSteps();
    for (const { text } of createLineReader().push(read)) {
      for (const event of parser.push(text)) {
        const bare =
          event.kind === 'reading'
            ? {
                ...event,
                figures: {
                  ...event.figures,
                  stepS: undefined,
                  elapsedS: undefined,
                  loggedAtMs: undefined,
                  remainingS: undefined,
                },
              }
            : event;
        times.push(bare);
        watch.push(bare);
      }
    }
    const worked = watch.worked();
    const { figures } = parser.state();
    const progress = progressOf(figures);
    if (worked === null || progress === null) throw new Error('the log tells its steps');
    expect(times.times().stepS).toEqual([]);
    const finish = estimateFinish({
      nowMs: 0,
      progress,
      times: times.times(),
      remainingSteps: remainingStepsOf(figures),
      outsideS: outsidePace(worked, { ...NOTHING, programStartedAtMs: 0 }),
    });
    if (finish.kind !== 'known') throw new Error(`not known: ${finish.kind}`);
    expect(finish.basis).toBe('start and newest line');
    const { low, likely, high } = finish.remainingS;
    expect(low).toBeLessThanOrEqual(leftS);
    expect(high).toBeGreaterThanOrEqual(leftS);
    expect(Math.abs(likely - leftS)).toBeLessThan(0.15 * leftS);
  });
});
