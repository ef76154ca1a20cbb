// Two runs that write one file from its first line on: their steps, woven at random, come apart again. And everything that
// only looks like it: ranks, restarts, evaluations, bars in bars.
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/std/index.ts';
import { createLogParser, createStepTimes, NO_FACTS, noteEvent } from '../../../src/rent/training/index.ts';
import { createStepTracker } from '../../../src/rent/training/parser/attempts.ts';
import { kinds, parsed } from './a-log.ts';

type Woven = readonly (readonly [step: number, writer: number])[];

const course = (start: number, stride: number, count: number) =>
  Array.from({ length: count }, (_, at) => start + at * stride);

/** Both in their order, and by chance whose turn it is. */
function woven(random: Random, first: readonly number[], second: readonly number[], share: number): Woven {
  const all: (readonly [number, number])[] = [];
  for (let one = 0, two = 0; one < first.length || two < second.length; ) {
    const isFirst = two >= second.length || (one < first.length && random.next() < share);
    all.push(isFirst ? [first[one++] as number, 1] : [second[two++] as number, 2]);
  }
  return all;
}

interface Followed {
  /** At which of them two runs were proven; -1 for never. */
  readonly provenAt: number;
  readonly attempt: number;
  /** After that, how many were given to the run that most of their writer's were given to. */
  readonly rightShare: number;
}

function followed(steps: Woven, apartStrides?: number): Followed {
  const tracker = createStepTracker(apartStrides === undefined ? {} : { apartStrides });
  let provenAt = -1;
  let attempt = 1;
  let same = 0;
  let after = 0;
  for (const [at, [step, writer]] of steps.entries()) {
    const verdict = tracker.follow(step, false, '');
    if (verdict.provesTwoWriters) provenAt = at;
    ({ attempt } = verdict);
    if (provenAt < 0) continue;
    after += 1;
    if (verdict.writer === writer) same += 1;
  }
  return { provenAt, attempt, rightShare: after === 0 ? 1 : Math.max(same, after - same) / after };
}

const STRIDES = [1, 1, 5, 10, 50, 100];

describe('two courses of steps', () => {
  it('woven at random are found, are one attempt, and are told apart', () => {
    const random = createRandom('two courses');
    for (let count = 0; count < 300; count += 1) {
      const some = () =>
        course(
          random.pick([0, random.int(0, 5_000)]),
          STRIDES[random.int(0, STRIDES.length - 1)] as number,
          random.int(60, 300),
        );
      const steps = woven(random, some(), some(), 0.2 + 0.6 * random.next());
      const { provenAt, attempt, rightShare } = followed(steps);
      const what = steps.map(([step]) => step).join(' ');
      expect(provenAt, what).toBeGreaterThan(0);
      expect(attempt, what).toBe(1);
      // Where one overtakes the other they look the same for a while.
      expect(rightShare, what).toBeGreaterThan(0.5);
    }
  });

  it.each([
    3, 4, 10, 500, 100_000,
  ])('that take turns from the first line on, %i apart, are found at once', (by) => {
    const { provenAt, attempt, rightShare } = followed(
      course(0, 1, 100).flatMap((step) => [[step, 1] as const, [step + by, 2] as const]),
    );
    expect(provenAt).toBeGreaterThan(0);
    expect(provenAt).toBeLessThan(24);
    expect(attempt).toBe(1);
    expect(rightShare).toBe(1);
  });

  it.each([1, 2])('%i apart are ranks of one run', (by) => {
    const steps = course(0, 1, 500).flatMap((step) => [[step, 1] as const, [step + by, 2] as const]);
    expect(followed(steps)).toMatchObject({ provenAt: -1, attempt: 1 });
  });

  it('of 2 to 16 ranks, each telling every step in any order, are one run', () => {
    const random = createRandom('ranks');
    for (let count = 0; count < 100; count += 1) {
      const ranks = random.int(2, 16);
      const stride = STRIDES[random.int(0, STRIDES.length - 1)] as number;
      const places = Array<number>(ranks).fill(0);
      const steps: [number, number][] = [];
      while (steps.length < 1_000) {
        const rank = random.int(0, ranks - 1);
        // They wait for one another at the end of each step.
        if ((places[rank] as number) > Math.min(...places)) continue;
        places[rank] = (places[rank] as number) + 1;
        steps.push([(places[rank] as number) * stride, rank]);
      }
      expect(followed(steps)).toMatchObject({ provenAt: -1, attempt: 1 });
    }
  });

  it('are found where each run is of two ranks', () => {
    const steps = course(0, 1, 200).flatMap(
      (step): Woven => [
        [step, 1],
        [step + 40, 2],
        [step, 1],
        [step + 40, 2],
      ],
    );
    expect(followed(steps)).toMatchObject({ attempt: 1, rightShare: 1 });
    expect(followed(steps).provenAt).toBeGreaterThan(0);
  });

  it('are not found in any row of restarts from checkpoints, however short the attempts', () => {
    const random = createRandom('restarts');
    for (let count = 0; count < 500; count += 1) {
      const stride = STRIDES[random.int(0, STRIDES.length - 1)] as number;
      const every = random.int(1, 30) * stride;
      const steps: [number, number][] = [];
      let step = 0;
      for (let tries = random.int(2, 30); tries > 0; tries -= 1) {
        for (let left = random.int(3, 80); left > 0; left -= 1, step += stride) steps.push([step, 1]);
        step = Math.floor((step - stride) / every) * every;
      }
      expect(followed(steps).provenAt, steps.map(([at]) => at).join(' ')).toBe(-1);
    }
  });
});

describe('what is known of two runs in one log', () => {
  /** Run 1 takes a second a step, run 2 is 300 steps ahead and takes ten; the latter ends at `end`, the former goes on. */
  const log = (end: number, count: number) => {
    const step = (at: number, ms: number) =>
      `step:${at}/9999 train_loss:2.5000 train_time:${at * ms}ms step_avg:0ms`;
    return Array.from({ length: count }, (_, at) => [
      step(at, 1_000),
      ...(at < end ? [step(at + 300, 10_000)] : []),
    ]).flat();
  };

  it('are the step times of one of them alone', () => {
    const parser = createLogParser({ nowMs: () => 0 });
    const times = createStepTimes();
    for (const line of log(60, 60)) for (const event of parser.push(line)) times.push(event);
    const { stepS } = times.times();
    expect(stepS.length).toBeGreaterThan(40);
    expect(new Set(stepS)).toEqual(new Set([10]));
  });

  it('is that one goes on when the other has ended', () => {
    let facts = NO_FACTS;
    let atMs = 0;
    const parser = createLogParser({ nowMs: () => atMs });
    for (const line of log(60, 200)) {
      atMs += 1_000;
      for (const event of parser.push(line)) facts = noteEvent(facts, event);
    }
    expect(facts).toMatchObject({ done: 359, lastProgressAtMs: atMs });
  });
});

describe('a log in which something else counts too', () => {
  const lines = (count: number, of: (at: number) => readonly string[]) =>
    `${Array.from({ length: count }, (_, at) => of(at + 1))
      .flat()
      .join('\n')}\n`;

  it('as evaluations with steps of their own is one run at the step of its training', () => {
    const log = parsed(lines(60, (at) => [`step ${at * 100} loss 2.5`, `eval step ${at} loss 2.75`]));
    expect(kinds(log)).toEqual(['format']);
    expect(log.state).toMatchObject({ attempts: 1, writers: 1, figures: { step: 6_000 } });
  });

  it('as bars of evaluations between those of training is one run', () => {
    const bar = (title: string, at: number, of: number) =>
      `${title}${Math.floor((100 * at) / of)}%|█▍   | ${at}/${of} [00:${String(at % 60).padStart(2, '0')}<01:00,  1.00it/s]`;
    const log = parsed(
      lines(40, (at) => [
        bar('', at, 400),
        ...[1, 2, 3, 4].map((batch) => bar('Evaluating: ', batch, 4)),
        ...[1, 2, 3].map((batch) => bar('', batch, 3)),
      ]),
    );
    expect(log.state).toMatchObject({ attempts: 1, writers: 1, figures: { step: 40, totalSteps: 400 } });
  });

  it('as a second run of the same script is two, from its first line on', () => {
    const step = (at: number) => `Step ${at}/9000: loss = 2.5000`;
    const log = parsed(lines(30, (at) => [step(at), step(at + 2_000)]));
    expect(log.state).toMatchObject({ attempts: 1, writers: 2 });
    expect(log.events.filter(({ kind }) => kind === 'two-writers')).toEqual([
      expect.objectContaining({ isCertain: true, attempt: 1 }),
    ]);
    expect(new Set([log.state.figures.step, log.state.second?.step])).toEqual(new Set([30, 2_030]));
  });
});
