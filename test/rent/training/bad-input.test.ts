// Logs that are not as they should be: nothing breaks, and what is wrong is said.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import {
  createLineReader,
  createLogParser,
  createLogSummary,
  summarizeLog,
} from '../../../src/rent/training/index.ts';
import { kinds, parsed } from './a-log.ts';

const step = (n: number, total = 1_000) =>
  `step:${n}/${total} train_loss:${(9 - n / 1_000).toFixed(4)} train_time:${n * 100}ms step_avg:100ms`;
const steps = (from: number, to: number, by = 1) =>
  Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, n) => step(from + n * by));
const joined = (lines: readonly string[]) => `${lines.join('\n')}\n`;

describe('a log that begins again', () => {
  it('at step 0 after a recovery is one run with two attempts', () => {
    const log = parsed(joined([...steps(0, 50), ...steps(0, 20)]));
    expect(kinds(log)).toEqual(['format', 'restart']);
    expect(log.events).toContainEqual({ kind: 'restart', atMs: 0, attempt: 2, fromStep: 50, step: 0 });
    expect(log.readings.filter(({ attempt }) => attempt === 2)).toHaveLength(21);
    expect(log.state).toMatchObject({ attempts: 2, writers: 1, figures: { step: 20 } });
  });

  it('at its last checkpoint too, and twice', () => {
    const log = parsed(joined([...steps(0, 730), ...steps(501, 600), ...steps(501, 510)]));
    const restarts = log.events.filter((event) => event.kind === 'restart');
    expect(restarts.map(({ fromStep, step: first }) => [fromStep, first])).toEqual([
      [730, 501],
      [600, 501],
    ]);
    expect(log.state.attempts).toBe(3);
  });

  it('goes past the step at which the first attempt ended, in the second', () => {
    const log = parsed(joined([...steps(0, 100), ...steps(50, 150)]));
    expect(log.state).toMatchObject({ attempts: 2, writers: 1 });
  });

  it('has not begun again where two ranks are a step apart', () => {
    const lines = Array.from({ length: 50 }, (_, n) => [step(n + 1), step(n)]).flat();
    expect(parsed(joined(lines)).state).toMatchObject({ attempts: 1, writers: 1 });
  });

  it('has not begun again where the epoch went up', () => {
    const lines = [1, 2, 3].flatMap((epoch) => [0, 10, 20].map((n) => `epoch ${epoch} step ${n} loss 0.5`));
    expect(parsed(joined(lines)).state).toMatchObject({ attempts: 1, figures: { stepScope: 'epoch' } });
  });

  it('restarts where the epoch fell back, though steps begin again with each', () => {
    const epochs = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, n) =>
        [0, 50, 100].map((at) => `Epoch [${from + n}/9], Step [${at}/100], Loss: 0.5`),
      ).flat();
    const log = parsed(joined([...epochs(1, 5), ...epochs(3, 6)]));
    expect(log.state.attempts).toBe(2);
  });
});

describe('two runs in one file', () => {
  const woven = (offset: number) => steps(offset, offset + 40).flatMap((line, n) => [line, step(n)]);

  it('are said to be so, and the restart that it looked like is taken back', () => {
    const log = parsed(joined([...steps(0, 499), ...woven(500)]));
    expect(log.state).toMatchObject({ writers: 2, attempts: 1 });
    expect(log.events.filter(({ kind }) => kind === 'two-writers')).toHaveLength(1);
    const late = log.readings.slice(-10);
    expect(new Set(late.map(({ writer, figures }) => `${writer} ${(figures.step ?? 0) >= 500}`))).toEqual(
      new Set(['1 true', '2 false']),
    );
  });

  it('are two summaries, each with its own step', () => {
    const runs = summarizeLog([Buffer.from(joined([...steps(0, 499), ...woven(500)]))]);
    expect(runs.map(({ step: last }) => last)).toEqual([540, 40]);
    expect(runs[0]?.notes.at(-1)).toContain('two runs write this file');
  });

  it('from the first line on are two summaries that say nothing of attempts', () => {
    const lines = steps(0, 60).flatMap((line, n) => [line, step(n + 300)]);
    const runs = summarizeLog([Buffer.from(joined(lines))]);
    expect(runs.map(({ step: last }) => last)).toEqual([360, 60]);
    expect(runs[0]?.notes).toEqual([
      'The steps jump to and fro between two rows of steps: two runs write this file',
    ]);
  });

  it('in lockstep are likely at the eighth step that is told twice with other losses, and not at the seventh', () => {
    const other = (n: number) => step(n).replace('train_loss:', 'train_loss:1');
    const told = (count: number) =>
      parsed(joined(Array.from({ length: count }, (_, n) => [step(n), other(n)]).flat()));
    expect(kinds(told(7))).toEqual(['format']);
    expect(told(8).events).toContainEqual(expect.objectContaining({ kind: 'two-writers', isCertain: false }));
    expect(told(9).state.attempts).toBe(1);
  });

  it('are not seen where a run restarts and then passes by its old steps', () => {
    const log = parsed(joined([...steps(0, 60), ...steps(0, 55), ...steps(10, 80)]));
    expect(log.state).toMatchObject({ writers: 1, attempts: 3 });
  });
});

describe('a clock that is set back', () => {
  const at = (seconds: number, n: number) =>
    `2026-01-05 10:${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')} INFO step=${n} loss=0.5`;

  it('in the lines is said, once for each time', () => {
    const log = parsed(joined([at(100, 1), at(110, 2), at(60, 3), at(70, 4)]));
    expect(log.events.filter(({ kind }) => kind === 'time-backwards')).toEqual([
      { kind: 'time-backwards', atMs: 0, byMs: 50_000 },
    ]);
  });

  it('by 5 seconds is the disorder of several hosts, by more it is not', () => {
    expect(kinds(parsed(joined([at(100, 1), at(95, 2)])))).toEqual(['format']);
    expect(kinds(parsed(joined([at(100, 1), at(94, 2)])))).toEqual(['time-backwards', 'format'].toSorted());
  });

  it('on our machine is said too', () => {
    const times = [100_000, 101_000, 41_000, 42_000];
    const parser = createLogParser({ nowMs: () => times.shift() ?? 0 });
    const events = steps(0, 3).flatMap((line) => parser.push(line));
    expect(events.filter(({ kind }) => kind === 'time-backwards')).toEqual([
      { kind: 'time-backwards', atMs: 41_000, byMs: 60_000 },
    ]);
  });
});

describe('ranks', () => {
  it('that are named: the lowest one speaks for all', () => {
    const lines = steps(0, 9).flatMap((line, n) => [
      `[rank1]: ${line}`,
      `[rank0]: ${line.replace('train_loss:', 'train_loss:1')}`,
      `[rank1]: ${step(n)}`,
    ]);
    const { readings } = parsed(joined(lines));
    expect(readings.slice(1)).toHaveLength(10);
    expect(readings.slice(1).every(({ figures }) => (figures.loss ?? 0) > 15)).toBe(true);
  });

  it('that all fail are told once', () => {
    const failure = Array.from(
      { length: 8 },
      (_, n) => `[rank${n}]: torch.OutOfMemoryError: CUDA out of memory. Tried`,
    );
    expect(kinds(parsed(joined([step(1), ...failure])))).toEqual(['format', 'out-of-memory']);
  });
});

describe('what ends a run', () => {
  it.each([
    ['out-of-memory', 'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB'],
    ['out-of-memory', '[12.3] Out of memory: Killed process 12 (python) total-vm:1kB'],
    ['out-of-memory', 'jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory'],
    ['failed', 'Traceback (most recent call last):'],
    ['failed', 'RuntimeError: NCCL communicator was aborted'],
    ['failed', 'Segmentation fault (core dumped)'],
    ['finished', 'Training completed in 3.35 minutes.'],
    ['finished', '[INFO] Finished Training'],
  ])('is seen as %s in "%s"', (kind, line) => {
    expect(kinds(parsed(`${line}\n`))).toEqual([kind]);
  });

  it.each([
    'memory: 12 GB free',
    'Error rate: 0.5',
    'The training is completed by hand',
    'no exceptions today',
  ])('is not seen in "%s"', (line) => {
    expect(kinds(parsed(`${line}\n`))).toEqual([]);
  });
});

describe('garbage', () => {
  it('of 4 MB of random bytes is read without a fault and tells nothing', () => {
    const random = createRandom(7);
    const reader = createLineReader();
    const parser = createLogParser({ nowMs: () => 0 });
    for (let part = 0; part < 64; part += 1) {
      const bytes = Uint8Array.from({ length: 65_536 }, () => random.int(0, 255));
      for (const { text } of reader.push(bytes)) parser.push(text);
    }
    expect(parser.state()).toMatchObject({ readings: 0, format: null });
  });

  it('between the lines of a log does not hide them', () => {
    const lines = steps(1, 20).flatMap((line) => ['\u0000\u0001\ufffd\ufffd PNG \u001a', line]);
    expect(parsed(joined(lines)).state).toMatchObject({ readings: 20, format: 'modded-nanogpt' });
  });

  it('is said to be no text, and a line without an end to be cut, also where nothing was recognised', () => {
    const random = createRandom('garbage');
    const summary = createLogSummary();
    summary.push(Uint8Array.from({ length: 200_000 }, () => random.int(0, 255)));
    expect(summary.end()).toEqual([]);
    expect(summary.notes()).toEqual(['This is not text: most of its lines hold bytes that are no UTF-8']);
    const endless = createLogSummary();
    for (let piece = 0; piece < 5; piece += 1) endless.push(Buffer.alloc(65_536, 'loss '));
    expect(endless.end()).toEqual([]);
    expect(endless.notes()).toEqual(['A line is longer than 65,536 characters: its rest is not read']);
  });

  it('names Object’s own properties as figures, and nothing breaks', () => {
    const { state } = parsed(
      '{"step": 1, "loss": 0.5, "__proto__": {"x": 1}, "constructor": 2, "toString": 3}\n',
    );
    expect(state.figures.loss).toBe(0.5);
    expect(Object.getPrototypeOf(state.figures.custom ?? {})).toBe(Object.prototype);
  });

  it.each([
    ['many brackets', '['.repeat(60_000)],
    ['many keys', 'loss='.repeat(12_000)],
    ['many numbers', 'a=1,'.repeat(16_000)],
    ['many spaces', ` iteration${' '.repeat(60_000)}`],
    ['many digits', `step ${'1'.repeat(60_000)} loss ${'9'.repeat(400)}`],
    ['a deep object', `{"a":`.repeat(10_000)],
    ['a bar without an end', `100%|${'█'.repeat(60_000)}`],
    ['a name of a checkpoint without an end', `Saving model checkpoint to ${'1'.repeat(60_000)}!`],
  ])(
    'of one long line is read in no time: %s',
    (_, line) => {
      // A pattern that looks at 60,000 characters as often as there are takes over the 2 s that this test has.
      const parser = createLogParser({ nowMs: () => 0 });
      for (let count = 0; count < 3; count += 1) parser.push(line);
      expect(parser.state().attempts).toBe(1);
    },
    2_000,
  );
});

describe('a change of format', () => {
  it('is followed, as where one script runs two programs', () => {
    const other = Array.from({ length: 60 }, (_, n) => `iter ${n}: loss 4.5000, time 50.50ms, mfu 12.00%`);
    const log = parsed(joined([...steps(0, 20), ...other]));
    expect(log.events.filter(({ kind }) => kind === 'format')).toEqual([
      expect.objectContaining({ format: 'modded-nanogpt' }),
      expect.objectContaining({ format: 'nanogpt' }),
    ]);
  });
});
