// The process that drives a job dies at points all over its life: whoever comes after it brings the job to rest.
import { expect, it } from 'vitest';
import { dieAt, JOB_LIVES } from './every-crash.ts';

/** In the test few of them; all: npm run sim -- job-crashes. */
const EVERY = 131;

it.each(JOB_LIVES)('$name: whoever dies anywhere loses, doubles and leaves nothing', {
  timeout: 120_000,
}, async (life) => {
  const whole = await dieAt(life, undefined);
  expect(whole.wrong).toEqual([]);
  expect(whole.points.length).toBeGreaterThan(200);
  const lastAt = whole.points.length;
  for (let at = 1 + (lastAt % EVERY); at <= lastAt; at += EVERY) {
    const { at: where, wrong } = await dieAt(life, at);
    expect(where).not.toBe('nowhere');
    expect({ where, wrong }).toEqual({ where, wrong: [] });
  }
});
