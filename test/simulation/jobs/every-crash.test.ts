// The process that drives a job dies at points all over its life: whoever comes after it brings the job to rest.
import { afterAll, expect, it } from 'vitest';
import { JOB_STATUSES } from '../../../src/rent/jobs/index.ts';
import { dieAt } from './every-crash.ts';
import { JOB_LIVES } from './lives.ts';

/** In the test one death of each life, at another place in each; all: npm run sim -- job-crashes. */
const STRIDE = 97;

const seen = new Set<string>();
let lived = 0;

it.each(JOB_LIVES)('$name: whoever dies anywhere loses, doubles and leaves nothing', {
  timeout: 120_000,
}, async (life) => {
  const whole = await dieAt(life, undefined);
  expect(whole.wrong).toEqual([]);
  lived += 1;
  for (const status of whole.statuses) seen.add(status);
  const died = 1 + ((JOB_LIVES.indexOf(life) * STRIDE) % whole.points.length);
  const { at: where, wrong } = await dieAt(life, died);
  expect(where).toBe(whole.points[died - 1]);
  expect({ where, wrong }).toEqual({ where, wrong: [] });
});

afterAll(() => {
  // A life may have been left out by whoever runs one of them alone.
  if (lived === JOB_LIVES.length) expect(JOB_STATUSES.filter((status) => !seen.has(status))).toEqual([]);
});
