import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { collectGarbage } from '../../../src/base/std/index.ts';

const physicalMb = () => getHeapStatistics().total_physical_size / 1e6;

it('gives the room of garbage back at once', () => {
  collectGarbage('all-and-shrink');
  const beforeMb = physicalMb();
  const burst = Array.from({ length: 300_000 }, (_, i) => ({ i, text: `number ${i}` }));
  expect(physicalMb()).toBeGreaterThan(beforeMb + 15);
  burst.length = 0;
  collectGarbage('all-and-shrink');
  expect(physicalMb()).toBeLessThan(beforeMb + 5);
});
