// Training logs from bytes to events, on one core: 20 MB of each format at once, in pieces as they come from a pipe.
import { assert, createRandom, systemClock } from '../../src/base/std/index.ts';
import {
  createLineReader,
  createLogParser,
  createLossWatch,
  createStepTimes,
} from '../../src/rent/training/index.ts';
import type { Report } from '../lines.ts';
import { median } from '../statistics.ts';

const BYTES = 20e6;
const PIECE = 65_536;
const RUNS = 5;
/** 20 MB/s. */
const BUDGET_MS = 1_000;

export function measureTraining(report: Report): void {
  const clock = systemClock();
  for (const [name, line] of LOGS) {
    const bytes = Buffer.from(grown(line));
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const reader = createLineReader();
      const parser = createLogParser({ nowMs: () => 0 });
      let readings = 0;
      const startMs = clock.monotonic();
      for (let from = 0; from < bytes.length; from += PIECE) {
        for (const { text } of reader.push(bytes.subarray(from, from + PIECE)))
          readings += parser.push(text).length;
      }
      times.push(((clock.monotonic() - startMs) * BYTES) / bytes.length);
      assert(
        name.startsWith('no format') || readings > 10_000,
        `Only ${readings} events of ${name}: this measures nothing`,
      );
    }
    report(`parse 20 MB of ${name}: median`, median(times), 'ms', BUDGET_MS);
  }
  measureFolds(report);
}

/** What follows a reading on its way to a screen. */
function measureFolds(report: Report): void {
  const clock = systemClock();
  const line = LOGS[0]?.[1];
  assert(line !== undefined, 'there is a log to measure');
  const parser = createLogParser({ nowMs: () => 0 });
  const events = Array.from({ length: 100_000 }, (_, n) => parser.push(line(n).trim())).flat();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const losses = createLossWatch();
    const steps = createStepTimes();
    const startMs = clock.monotonic();
    for (const event of events) {
      steps.push(event);
      if (event.kind === 'reading' && event.figures.loss !== undefined)
        losses.push(event.figures.loss, event.atMs);
    }
    times.push(clock.monotonic() - startMs);
  }
  report('100,000 readings to loss watch and step times: median', median(times), 'ms');
}

const random = createRandom('training logs');
const loss = () => (2 + random.next()).toFixed(4);

const LOGS: readonly (readonly [name: string, line: (n: number) => string])[] = [
  [
    'one line a step',
    (n) => `step:${n}/9999999 train_loss:${loss()} train_time:${n * 1700}ms step_avg:1703.57ms\n`,
  ],
  [
    'dictionaries between the states of a bar',
    (n) =>
      n % 10 === 0
        ? `\r{'loss': ${loss()}, 'grad_norm': 1.25, 'learning_rate': 4.1e-05, 'epoch': ${(n / 1e5).toFixed(2)}}\n`
        : `\r ${n % 100}%|██▌       | ${n}/9999999 [03:45<11:15,  2.28it/s]`,
  ],
  [
    'Megatron’s lines',
    (n) =>
      ` iteration ${n}/ 9999999 | consumed samples: ${n * 64} | elapsed time per iteration (ms): 126533.1 | learning rate: 1.485E-04 | global batch size:  1024 | lm loss: ${loss()}E+00 | loss scale: 12.0 | grad norm: 7.934 | number of skipped iterations:   0 | number of nan iterations:   0 |\n`,
  ],
  [
    'JSON lines',
    (n) => `{"step": ${n}, "loss": ${loss()}, "lr": 1.3e-06, "eval": {"acc": 0.5}, "time": 12.5}\n`,
  ],
  ['a table of short rows', (n) => (n === 0 ? 'step\tloss\n' : `${n}\t${loss()}00\n`)],
  [
    'a format never seen',
    (n) => `worker INFO update ${n} of 9999999: total loss = ${loss()} acc 0.75 (best 0.8)\n`,
  ],
  [
    'no format',
    (n) =>
      `2026-01-05 10:00:00,123 INFO r7i7n2:60755:60835 [${n % 8}] NCCL INFO ${n} coll channels, 16 p2p channels\n`,
  ],
];

function grown(line: (n: number) => string): string {
  const lines: string[] = [];
  for (let n = 0, length = 0; length < BYTES; n += 1) {
    const text = line(n);
    lines.push(text);
    length += Buffer.byteLength(text);
  }
  return lines.join('');
}
