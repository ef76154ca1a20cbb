// Goal: a job whose steps fail, or do not come back, is told; one that takes its time and moves is not.
import { expect, it } from 'vitest';
import { SteppedClock } from '../../../../src/base/std/index.ts';
import { createStepWatch } from '../../../../src/rent/jobs/controller/step-watch.ts';

const HALF_AN_HOUR = 30 * 60_000;

function aWatch() {
  const clock = new SteppedClock();
  return { clock, watch: createStepWatch({ clock }) };
}

it('has nothing to tell of steps that come back, and of jobs that rest between them', async () => {
  const { clock, watch } = aWatch();
  watch.began('a');
  await clock.step(HALF_AN_HOUR - 1);
  expect(watch.trouble()).toBeNull();
  watch.ended('a');
  await clock.step(10 * HALF_AN_HOUR);
  expect(watch.trouble()).toBeNull();
});

it('tells of a step that has not come back for half an hour, and not of one of which something came meanwhile', async () => {
  const { clock, watch } = aWatch();
  watch.began('a');
  await clock.step(HALF_AN_HOUR - 1);
  watch.moved('a');
  await clock.step(HALF_AN_HOUR - 1);
  expect(watch.trouble()).toBeNull();
  await clock.step(1);
  expect(watch.trouble()).toBe('a step of job a has not come back for 30m');
  watch.ended('a');
  expect(watch.trouble()).toBeNull();
});

it('tells of a step that failed until one of the same job has not', async () => {
  const { watch } = aWatch();
  watch.began('a');
  watch.ended('a', new Error('no way in'));
  watch.began('b');
  watch.ended('b');
  expect(watch.trouble()).toBe('job a could not be stepped: no way in');
  watch.began('a');
  expect(watch.trouble()).toBe('job a could not be stepped: no way in');
  watch.ended('a');
  expect(watch.trouble()).toBeNull();
});

it('forgets a job that is not led here any more, and does not take it up for what still moves', () => {
  const { watch } = aWatch();
  watch.began('a');
  watch.ended('a', new Error('no way in'));
  watch.forget('a');
  watch.moved('a');
  expect(watch.trouble()).toBeNull();
});
