// Lines in, figures out: whatever pieces they come in, however often they are read, and however bad they are.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLineIntake, type LogStart, SEQS_A_LINE } from '../../../src/rent/monitor/lines/line-intake.ts';
import { LINES_KEPT } from '../../../src/rent/monitor/lines/line-window.ts';
import { HEALTH_LIMITS, LOSS_LIMITS } from '../../../src/rent/training/index.ts';

const TRAINING = { metrics: [], templates: [], health: HEALTH_LIMITS, loss: LOSS_LIMITS };
const START: LogStart = { firstAttempt: 1, lastAttempt: 1, from: undefined, isFirstKept: false };

function anIntake(start = START) {
  const intake = createLineIntake({ run: 'r', start, training: TRAINING });
  let offset = 0;
  const push = (text: string | Uint8Array, writtenAtMs = 1_000): void => {
    const bytes = Buffer.from(text);
    intake.push({ offset, bytes, writtenAtMs, isPast: false });
    offset += bytes.length;
  };
  return { intake, push };
}

const lossesOf = ({ intake }: ReturnType<typeof anIntake>) =>
  intake
    .takeMetrics()
    .flatMap(({ name, value, seq, attempt }) => (name === 'loss' ? [{ value, seq, attempt }] : []));

describe('the numbers of metrics', () => {
  const log =
    'step 1/9 loss 4.0\nno figures\nstep 2/9 loss 3.0\r\nbar 1\rbar 2\rstep 3/9 loss 2.0\nstep 4/9 loss 1.0';

  it('are the same whatever pieces the log comes in', () => {
    const whole = anIntake();
    whole.push(`${log}\n`);
    const expected = lossesOf(whole);
    expect(expected.map(({ value }) => value)).toEqual([4, 3, 2, 1]);
    for (const size of [1, 2, 3, 7, 20]) {
      const pieces = anIntake();
      for (let from = 0; from <= log.length; from += size) pieces.push(`${log}\n`.slice(from, from + size));
      expect(lossesOf(pieces)).toEqual(expected);
    }
  });

  it('are those of the place, so that reading may begin in the middle', () => {
    const whole = anIntake();
    whole.push(`${log}\n`);
    const [, second] = lossesOf(whole);
    const from = log.indexOf('step 2');
    const middle = createLineIntake({ run: 'r', start: { ...START, lastAttempt: 3 }, training: TRAINING });
    middle.push({ offset: from, bytes: Buffer.from(`${log.slice(from)}\n`), writtenAtMs: 0, isPast: true });
    const [metric] = middle.takeMetrics();
    expect(metric?.seq).toBe(second?.seq);
    expect(metric?.attempt).toBe(3);
    expect(middle.position()).toBe(log.length + 1);
  });

  it('grow, and leave what a window has shown before to be kept as it was', () => {
    const shown = anIntake({ ...START, from: 0, isFirstKept: true });
    shown.push('step 1/9 loss 4.0\nstep 2/9 loss 3.0\n');
    shown.push('step 3/9 loss 2.0\n');
    expect(lossesOf(shown).map(({ value }) => value)).toEqual([2]);
    expect(shown.intake.recentLosses()).toEqual([4, 3, 2]);
  });

  it('leave room for all figures of a line', () => {
    const many = anIntake();
    const figures = Array.from({ length: 200 }, (_, at) => `"m${at}": ${at}`).join(', ');
    many.push(`{"step": 1, "loss": 1, ${figures}}\n{"step": 2, "loss": 1}\n`);
    const seqs = many.intake.takeMetrics().map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(seqs.length).toBeLessThan(2 * SEQS_A_LINE);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });
});

describe('a log that is not as it should be', () => {
  const notes = ({ intake }: ReturnType<typeof anIntake>) => intake.notes().map(({ sentence }) => sentence);

  it('of one line of 100 MB takes little memory', () => {
    const file = fileURLToPath(new URL('./endless-line.process.ts', import.meta.url));
    const said = execFileSync(process.execPath, ['--expose-gc', file], { encoding: 'utf8' });
    expect((JSON.parse(said) as { grownMb: number }).grownMb).toBeLessThan(5);
  });

  it('of one long line is said to be cut, and the next line is read', () => {
    const long = anIntake();
    for (let pieces = 0; pieces < 10; pieces += 1) long.push(Buffer.alloc(100_000, 'x'));
    long.push('\nstep 7/9 loss 1.0\n');
    expect(long.intake.state().figures.step).toBe(7);
    expect(notes(long)).toEqual(['A line is longer than 65,536 characters: its rest is not read']);
    expect(long.intake.takeLines().every(({ text }) => text.length <= 4_001)).toBe(true);
  });

  it('of bytes that are no text is said to be so', () => {
    const binary = anIntake();
    const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7_919) % 256));
    for (let times = 0; times < 10; times += 1) binary.push(bytes);
    expect(notes(binary)).toEqual(['This is not text: most of its lines hold bytes that are no UTF-8']);
  });

  it('with a byte here and there that is no UTF-8 is read all the same', () => {
    const odd = anIntake();
    for (let step = 1; step <= 40; step += 1) {
      odd.push(
        Buffer.concat([Buffer.from(`step ${step}/99 loss 1.0 `), Buffer.from(step % 5 ? [] : [0xff, 0xc3])]),
      );
      odd.push('\n');
    }
    expect(odd.intake.state().figures.step).toBe(40);
    expect(notes(odd)).toEqual([]);
  });

  it('by two runs is said to be so once', () => {
    const two = anIntake();
    const step = (n: number) => `step:${n}/9999 train_loss:2.5000 train_time:${n * 170}ms\n`;
    for (let n = 0; n < 500; n += 1) two.push(step(n));
    for (let n = 0; n < 40; n += 1) two.push(step(500 + n) + step(n));
    expect(notes(two).filter((sentence) => /two runs write this file/i.test(sentence))).toHaveLength(1);
    expect(two.intake.attempt()).toBe(1);
  });

  it('by two runs from its first line on is said to be so, and nothing of attempts', () => {
    const two = anIntake();
    const step = (n: number) => `step:${n}/9999 train_loss:2.5000 train_time:${n * 170}ms\n`;
    for (let n = 0; n < 40; n += 1) two.push(step(n) + step(n + 700));
    expect(notes(two)).toEqual([expect.stringMatching(/two runs write this file/i)]);
    expect(two.intake.attempt()).toBe(1);
    expect(two.intake.worked()).toBeNull();
  });

  it('whose clock goes back is said to be so once', () => {
    const back = anIntake();
    back.push('step 1/9 loss 1.0\n', 100_000);
    back.push('step 2/9 loss 1.0\n', 20_000);
    back.push('step 3/9 loss 1.0\n', 90_000);
    back.push('step 4/9 loss 1.0\n', 10_000);
    expect(notes(back)).toEqual(['The clock of the log goes back by 80 s']);
    expect(back.intake.state().figures.step).toBe(4);
  });
});

describe('the lines that are shown', () => {
  it('are the newest ones, counted through, and as a person reads them', () => {
    const { intake, push } = anIntake();
    push('\u001b[31mred\u001b[0m\n');
    for (let line = 2; line <= 3_000; line += 1) push(`line ${line}\n`);
    const lines = intake.window.newest(10_000);
    expect(lines).toHaveLength(LINES_KEPT);
    expect(lines.at(-1)).toEqual({ seq: 3_000, attempt: 1, atMs: 1_000, text: 'line 3000' });
    expect(intake.window.newest(2).map(({ seq }) => seq)).toEqual([2_999, 3_000]);
    expect(intake.window.newest(0)).toEqual([]);
  });

  it('hold a bar where it ends, and now and then on its way', () => {
    const { intake, push } = anIntake();
    for (let second = 0; second < 25; second += 1) push(`${second}%\r`, second * 1_000);
    push('100%\n', 25_000);
    expect(intake.takeLines().map(({ text }) => text)).toEqual(['0%', '10%', '20%', '100%']);
    expect(intake.takeLines()).toEqual([]);
  });
});
