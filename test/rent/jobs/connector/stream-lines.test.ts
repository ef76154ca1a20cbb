// The lines of a job as they come, over its attempts.
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Clock, SteppedClock, systemClock } from '../../../../src/base/std/index.ts';
import { streamLines } from '../../../../src/rent/jobs/connector/stream-lines.ts';
import { createWake } from '../../../../src/rent/jobs/connector/wake.ts';
import type { JobRecord, JobStatus } from '../../../../src/rent/jobs/records/index.ts';
import { temporaryFolder } from '../../../support/stores.ts';

async function lastOf(stream: AsyncIterable<string>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of stream) lines.push(line);
  return lines;
}

/** Its clock stands still unless another is given: only what rings goes on. */
function aStream({
  skip = 0,
  signal,
  clock = new SteppedClock(),
}: {
  readonly skip?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
} = {}) {
  const folder = temporaryFolder();
  const wake = createWake(clock);
  const fileOf = (attempt: number) => join(folder, `attempt-${attempt}.log`);
  const job = { id: 'job_1', attempt: 1, status: 'running' as JobStatus };
  const stream = streamLines({
    jobs: { logFile: (_, attempt) => fileOf(attempt) },
    look: async () => ({ ...job }) as JobRecord,
    wake,
    skip,
    signal,
  });
  const next = async () => {
    const { value, done } = await stream.next();
    return done ? 'THE END' : value;
  };
  return {
    wake,
    job,
    next,
    fileOf,
    write: (attempt: number, bytes: string | Uint8Array) => {
      appendFileSync(fileOf(attempt), bytes);
      wake.ring();
    },
    /** The lines that are left once the job is over. */
    rest: async () => {
      job.status = 'succeeded';
      wake.ring();
      return await lastOf(stream);
    },
  };
}

describe('the lines of a job', () => {
  it('come from the first, as they are written, until it is over', async () => {
    const { next, write, rest } = aStream();
    const first = next();
    write(1, 'one\ntw');
    expect(await first).toBe('one');
    const second = next();
    write(1, 'o\nthree');
    expect(await second).toBe('two');
    expect(await rest()).toEqual(['three']);
    expect(await next()).toBe('THE END');
  });

  it('come also when another process drives the job and nothing rings', async () => {
    const { next, fileOf } = aStream({ clock: systemClock() });
    const line = next();
    appendFileSync(fileOf(1), 'in silence\n');
    expect(await line).toBe('in silence');
  });

  it('hold characters whole that came in two pieces, and leave out what a bar wrote over', async () => {
    const { next, write, rest } = aStream();
    const bytes = Buffer.from('größer\n10%\r20%\r30%\n');
    const line = next();
    write(1, bytes.subarray(0, 3));
    write(1, bytes.subarray(3));
    expect(await line).toBe('größer');
    expect(await rest()).toEqual(['30%']);
  });

  it('go on with the next attempt, after all that there is of the one before', async () => {
    const { next, write, job, rest } = aStream();
    write(1, 'first\nhalf');
    expect(await next()).toBe('first');
    // The second one never wrote a line.
    job.attempt = 3;
    write(3, 'third\n');
    expect(await next()).toBe('half');
    expect(await next()).toBe('third');
    expect(await rest()).toEqual([]);
  });

  it('begin anew with a log that was begun anew', async () => {
    const { next, write, fileOf, rest } = aStream();
    write(1, 'a long line of the first\nand');
    expect(await next()).toBe('a long line of the first');
    renameSync(fileOf(1), `${fileOf(1)}.1`);
    writeFileSync(fileOf(1), 'second\n');
    expect(await rest()).toEqual(['second']);
  });

  it.each([
    [0, ['1', '2', '3']],
    [2, ['3']],
    [3, []],
    [4, []],
  ])('leave out the %i that were seen before', async (skip, left) => {
    const { write, rest } = aStream({ skip });
    write(1, '1\n2\n3\n');
    expect(await rest()).toEqual(left);
  });

  it('end with the signal, also while nothing comes', async () => {
    const controller = new AbortController();
    const { next } = aStream({ signal: controller.signal });
    const line = next();
    controller.abort(new Error('enough'));
    await expect(line).rejects.toThrow('enough');
  });

  it('reject when the log cannot be read', async () => {
    const { next, fileOf } = aStream();
    mkdirSync(fileOf(1));
    await expect(next()).rejects.toThrow('EISDIR');
  });
});
