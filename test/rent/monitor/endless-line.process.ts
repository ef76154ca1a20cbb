// Takes 100 MB without a newline into a monitor's intake and prints how many megabytes it holds after a collection.
import { createLineIntake } from '../../../src/rent/monitor/lines/line-intake.ts';
import { HEALTH_LIMITS, LOSS_LIMITS } from '../../../src/rent/training/index.ts';

const { gc } = globalThis as { gc?: () => void };
if (!gc) throw new Error('start it with --expose-gc');

const intake = createLineIntake({
  run: 'r',
  start: { firstAttempt: 1, lastAttempt: 1, from: undefined, isFirstKept: false },
  training: { metrics: [], templates: [], health: HEALTH_LIMITS, loss: LOSS_LIMITS },
});
const piece = Buffer.alloc(1 << 20, 'x');
const held = (): number => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};
const push = (count: number) =>
  intake.push({ offset: count << 20, bytes: piece, writtenAtMs: 0, isPast: false });
push(0);
const before = held();
for (let count = 1; count < 100; count += 1) push(count);
const grown = held() - before;
process.stdout.write(`${JSON.stringify({ grownMb: grown })}\n`);
