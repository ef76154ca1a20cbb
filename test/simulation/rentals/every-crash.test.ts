// The process of a rental dies at every point in turn: before and after each request, each commit, each way in.
import { expect, it } from 'vitest';
import { dieAt, SHORT_LIVES } from './every-crash.ts';

/** In the test each seventh point; all of them: npm run sim -- crashes. */
const EVERY = 7;

it.each(SHORT_LIVES)('$name: whoever dies anywhere leaves nothing behind that costs', {
  timeout: 180_000,
}, async (life) => {
  const whole = await dieAt(life, undefined);
  expect(whole.wrong).toEqual([]);
  expect(whole.points.length).toBeGreaterThan(40);
  for (let at = 1; at <= whole.points.length; at += EVERY) {
    const { at: where, wrong } = await dieAt(life, at);
    expect(where).toBe(whole.points[at - 1]);
    expect({ where, wrong }).toEqual({ where, wrong: [] });
  }
});
