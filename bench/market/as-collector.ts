// Runs a part in a thread with the memory limits that the collector's thread has: how often garbage is collected, and
// for how long, decides about the slowest polls and about the memory of the process.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { HEAP_LIMITS } from '../../src/front/app/collector-thread.ts';
import type { BenchLine, Report } from '../lines.ts';

interface ThreadData {
  readonly part: 'store' | 'durable';
  readonly options: { readonly days: number; readonly folder: string };
}

export async function runAsCollector(
  part: ThreadData['part'],
  options: ThreadData['options'],
  report: Report,
): Promise<void> {
  const workerOptions = { workerData: { part, options } satisfies ThreadData, resourceLimits: HEAP_LIMITS };
  const worker = new Worker(new URL(import.meta.url), workerOptions);
  await new Promise<void>((resolve, reject) => {
    worker.on('message', ({ name, value, unit, budget }: BenchLine) => report(name, value, unit, budget));
    worker.on('error', reject);
    worker.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The thread of "${part}" ended with code ${code}`)),
    );
  });
}

async function measure({ part, options }: ThreadData, report: Report): Promise<void> {
  if (part === 'store') return (await import('./part-store.ts')).measureStore(options, report);
  return (await import('./part-durable.ts')).measureDurable(options, report);
}

if (!isMainThread) {
  await measure(workerData as ThreadData, (name, value, unit, budget = null) =>
    parentPort?.postMessage({ name, value, unit, budget } satisfies BenchLine),
  );
}
