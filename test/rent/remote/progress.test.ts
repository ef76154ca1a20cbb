// Goal: what is told of a transfer is right from its first byte to its last, also of one that goes on.
import { expect, it } from 'vitest';
import { SteppedClock } from '../../../src/base/std/index.ts';
import { createProgress, type TransferProgress } from '../../../src/rent/remote/transfer/progress.ts';

it('a time left is told from the first second on, by the speed of this transfer alone', async () => {
  const clock = new SteppedClock();
  const told: TransferProgress[] = [];
  const meter = createProgress(clock, { bytes: 1_000, files: 2 }, (progress) => told.push(progress));
  // Of an earlier try: not its speed.
  meter.resumed(500, 1);
  meter.add(1);
  await clock.step(900);
  meter.add(99);
  expect(told.at(-1)).toEqual({ bytes: 600, totalBytes: 1_000, files: 1, totalFiles: 2, etaMs: null });
  await clock.step(100);
  meter.add(100);
  expect(told.at(-1)).toMatchObject({ bytes: 700, etaMs: 1_500 });
  meter.add(300);
  meter.fileDone();
  meter.finish();
  expect(told.at(-1)).toEqual({ bytes: 1_000, totalBytes: 1_000, files: 2, totalFiles: 2, etaMs: 0 });
});
