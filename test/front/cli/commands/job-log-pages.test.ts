// Goal: a log is read whole over the routes, from its end in little, and as it grows, whatever it looks like.
import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/base/std/index.ts';
import { readLastLines, readLogPages } from '../../../../src/front/cli/commands/job-log-pages.ts';
import type { SteadyApi } from '../../../../src/front/cli/steady-api.ts';
import { countingJob } from '../../../rent/jobs/controller/a-job-world.ts';
import { anHttpWorld, type HttpWorld } from '../../http/http-world.ts';

const clock = systemClock();
const { signal } = new AbortController();
let world: HttpWorld;
let id: string;
let path: string;
let asked = 0;
const api: Pick<SteadyApi, 'ask'> = {
  ask: (question) => {
    asked += 1;
    return question(world.client, signal);
  },
};

beforeAll(async () => {
  world = await anHttpWorld();
  const record = await world.world.submit(countingJob());
  id = record.id;
  path = world.world.process.jobs.logFile(id, 1);
  mkdirSync(dirname(path), { recursive: true });
});
afterAll(() => world[Symbol.asyncDispose]());

async function last(count: number) {
  const { lines, rest, end } = await readLastLines(api, { id, attempt: 1 }, { count, clock, signal });
  return { lines: lines.map(({ text }) => text), rest: rest.map(({ text }) => text), end };
}

describe('the last lines', () => {
  it('of a long log are read from its end', async () => {
    const lines = Array.from({ length: 200_000 }, (_, n) => `line ${n} of many, with some words behind it ü`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    asked = 0;
    expect(await last(3)).toMatchObject({ lines: lines.slice(-3), rest: [] });
    expect(asked).toBeLessThan(5);
    // More than the first look at the end has.
    expect((await last(5_000)).lines).toEqual(lines.slice(-5_000));
  });

  it('are whole where the look at the end begins within one', async () => {
    const lines = Array.from({ length: 3_000 }, (_, n) => String(n).padStart(59, '.'));
    writeFileSync(path, `${lines.join('\n')}\n`);
    const inFirstLook = Math.floor(65_536 / 60);
    for (const count of [inFirstLook, inFirstLook + 1])
      expect((await last(count)).lines).toEqual(lines.slice(-count));
  });

  it.each([1, 2, 3, 4, 5])('of a short one are all that there are, asked for %i', async (count) => {
    writeFileSync(path, 'one\n\nthree\nfour, not whole');
    const whole = ['one', '', 'three'];
    expect(await last(count)).toMatchObject({ lines: whole.slice(-count), rest: ['four, not whole'] });
  });

  it('end where what comes later begins', async () => {
    writeFileSync(path, 'ünë\ntwo\n');
    expect((await last(1)).end).toBe(Buffer.byteLength('ünë\ntwo\n'));
    writeFileSync(path, '');
    expect(await last(1)).toEqual({ lines: [], rest: [], end: 0 });
  });

  it('of a log without an end of a line are its last pieces', async () => {
    writeFileSync(path, 'x'.repeat(3_000_000));
    const { lines, rest } = await last(2);
    expect(lines).toHaveLength(2);
    expect((lines.at(-1)?.length ?? 0) + (rest[0]?.length ?? 0)).toBeLessThan(200_000);
  });
});

describe('a log that is followed', () => {
  it('is told in pages of whole bytes as it grows, and anew after it was cut', async () => {
    writeFileSync(path, 'a\n');
    let text = '';
    const leaving = new AbortController();
    const pages = readLogPages(
      api,
      { id, attempt: 1 },
      { from: 0, isFollowed: true, clock, signal: leaving.signal },
    );
    const reading = (async () => {
      for await (const { bytes, isRestart } of pages) {
        text += isRestart ? '|' : Buffer.from(bytes).toString();
        if (text === 'a\n') appendFileSync(path, 'b\n');
        if (text === 'a\nb\n') truncateSync(path, 2);
        if (text === 'a\nb\n|a\n') appendFileSync(path, 'c\n');
        if (text === 'a\nb\n|a\nc\n') leaving.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(text).toBe('a\nb\n|a\nc\n');
  });
});
