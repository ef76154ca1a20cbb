import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../../src/base/std/index.ts';
import type { Context } from '../../../../src/front/cli/context.ts';
import { type ProgressOptions, progressLine } from '../../../../src/front/cli/output/progress.ts';

function aProgress(errIsTerminal: boolean, options?: ProgressOptions) {
  const clock = new SteppedClock();
  const printed: string[] = [];
  const terminal = { errIsTerminal, columns: 20, err: (text: string) => void printed.push(text) };
  return { clock, printed, progress: progressLine({ clock, terminal } as unknown as Context, options) };
}

describe('Progress on a terminal', () => {
  it('is one line that is written over, within the window, and cleared at the end', () => {
    const { clock, printed, progress } = aProgress(true);
    progress.show('polling: 2 searches, 32 rows');
    void clock.step(100);
    progress.show('short');
    progress.end();
    progress.end();
    expect(printed).toEqual(['\r\u001b[2Kpolling: 2 searche…', '\r\u001b[2K']);
  });

  it('goes on every second by itself until it ends', async () => {
    const { clock, printed, progress } = aProgress(true);
    const startMs = clock.now();
    progress.keepShowing(() => `${(clock.now() - startMs) / 1_000} s`);
    await clock.step(2_000);
    progress.end();
    await clock.step(5_000);
    expect(printed).toEqual(['\r\u001b[2K0 s', '\r\u001b[2K1 s', '\r\u001b[2K2 s', '\r\u001b[2K']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('shows control characters of a message instead of obeying them', () => {
    const { printed, progress } = aProgress(true);
    progress.show('\u001b[2J');
    expect(printed).toEqual(['\r\u001b[2K�[2J']);
  });
});

describe('Progress in a log', () => {
  it('is a line now and then, not one for each step', async () => {
    const { clock, printed, progress } = aProgress(false, { plainEveryMs: 60_000 });
    for (let second = 0; second < 120; second += 1) {
      progress.show(`${second} s`);
      await clock.step(1_000);
    }
    expect(printed).toEqual(['0 s\n', '60 s\n']);
  });

  it('is left out where it is only for people', () => {
    const { printed, progress } = aProgress(false, { plainEveryMs: 'never' });
    progress.show('trying again');
    progress.end();
    expect(printed).toEqual([]);
  });
});
