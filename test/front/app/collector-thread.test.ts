// Goal: a collector's thread cannot take the machine's memory.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { collectorWorker } from '../../../src/front/app/collector-thread.ts';

it('has the limits of its heap, and its settings', async () => {
  const code = `import { parentPort, resourceLimits, workerData } from 'node:worker_threads';
    parentPort.postMessage({ resourceLimits, workerData });`;
  const worker = collectorWorker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { polls: 3 });
  // Asked for before: a thread that is over quickly says both at once.
  const ended = once(worker, 'exit');
  const [message] = await once(worker, 'message');
  expect(message).toMatchObject({
    resourceLimits: { maxOldGenerationSizeMb: 320, maxYoungGenerationSizeMb: 24 },
    workerData: { polls: 3 },
  });
  await ended;
});
