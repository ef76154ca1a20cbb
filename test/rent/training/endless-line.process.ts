// Reads 100 MB without a newline and prints how many megabytes the reader holds after a collection.
import { createLineReader } from '../../../src/rent/training/index.ts';

const { gc } = globalThis as { gc?: () => void };
if (!gc) throw new Error('start it with --expose-gc');

const reader = createLineReader();
const chunk = Buffer.alloc(1 << 20, 'x');
const held = (): number => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};
reader.push(chunk);
const before = held();
for (let count = 1; count < 100; count += 1) reader.push(chunk);
const grown = held() - before;
process.stdout.write(`${JSON.stringify({ grownMb: grown, pendingChars: reader.pending().length })}\n`);
