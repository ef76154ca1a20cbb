// Runs a part in a thread as the collector's is: how often garbage is collected, for how long, and how many cores that
// takes decide about the slowest polls and about the memory of the process.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { collectorWorker } from '../../src/front/app/collector-thread.ts';
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
  const worker = collectorWorker(new URL(import.meta.url), { part, options } satisfies ThreadData);
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
