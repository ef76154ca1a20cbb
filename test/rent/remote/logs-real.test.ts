// Logs of a real machine: pushed as they are written, whole over a connection that is reset again and again.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createDetachedRuns,
  createFileLog,
  createLineSplitter,
  createRemoteLog,
  createShellPool,
  type DetachedRuns,
  keepLog,
} from '../../../src/rent/remote/index.ts';
import { aRealTarget, type RealTarget } from './a-target.ts';

let target: RealTarget;
let runs: DetachedRuns;
beforeAll(async () => {
  target = await aRealTarget();
  runs = createDetachedRuns(target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const isOver = (runId: string) => async () => {
  const { state } = await runs.status(runId);
  return state === 'exited' || state === 'lost';
};

it('a log is kept whole and read along by another while the connection is reset, and ends with the run', async () => {
  const runId = 'chatty';
  const count = 2_000;
  const command = `for i in $(seq ${count}); do echo "line $i of a log with some words"; [ $((i % 100)) = 0 ] && sleep 0.2; done; true`;
  await using pool = createShellPool<number>({ ...target, connect: () => target.open() });
  const shared = { ...target, open: pool.opener(1) };
  const log = createRemoteLog(shared, { path: runs.logPath(runId), isOver: isOver(runId), overCheckMs: 200 });
  const file = join(target.dir, 'kept', 'log');
  let isKept = false;
  const splitter = createLineSplitter();
  const lines: string[] = [];
  let cuts = 0;
  const keeping = (async () => {
    for await (const { bytes } of keepLog({ log, file, follow: true })) {
      lines.push(...splitter.push(bytes).map(({ text }) => text));
      if (lines.length > (cuts + 1) * 250 && cuts < 6) {
        cuts += 1;
        target.proxy.cut();
      }
    }
    isKept = true;
  })();
  const along: string[] = [];
  const reading = (async () => {
    const second = createLineSplitter();
    const kept = createFileLog({ clock: target.clock, file, isOver: async () => isKept, pollMs: 10 });
    for await (const { bytes } of kept.read(0, { follow: true }))
      along.push(...second.push(bytes).map(({ text }) => text));
  })();
  await runs.start({ runId, command });
  await Promise.all([keeping, reading]);
  const expected = Array.from({ length: count }, (_line, at) => `line ${at + 1} of a log with some words`);
  expect(cuts).toBe(6);
  expect(lines).toEqual(expected);
  expect(along).toEqual(expected);
  expect(readFileSync(file, 'utf8')).toBe(`${expected.join('\n')}\n`);
});

it('a log that is cut, or exchanged, while it is followed is said', async () => {
  await using shell = await target.open();
  await shell.exec('echo "a first long line" > moving');
  let over = false;
  const log = createRemoteLog(target, { path: 'moving', isOver: async () => over, overCheckMs: 100 });
  const seen: string[] = [];
  for await (const { bytes, restarted } of log.read(0, { follow: true })) {
    if (restarted) seen.push(`(${restarted})`);
    seen.push(
      ...Buffer.from(bytes)
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    );
    if (seen.at(-1) === 'a first long line') await shell.exec('echo short > moving');
    else if (seen.at(-1) === 'short') await shell.exec('mv moving moving.1; echo new > moving');
    else if (seen.at(-1) === 'new') over = true;
  }
  expect(seen).toEqual(['a first long line', '(truncated)', 'short', '(truncated)', 'new']);
});

it('a kept log that another one takes the place of is said, also where that is longer', async () => {
  const file = join(target.dir, 'replaced');
  writeFileSync(file, 'the first\n');
  let over = false;
  const log = createFileLog({ clock: target.clock, file, isOver: async () => over, pollMs: 10 });
  const seen: string[] = [];
  for await (const { bytes, restarted } of log.read(0, { follow: true })) {
    seen.push(restarted ? `(${restarted})` : Buffer.from(bytes).toString());
    if (seen.at(-1) === 'the first\n') {
      writeFileSync(`${file}.next`, 'the second and longer one\n');
      renameSync(`${file}.next`, file);
    } else if (seen.at(-1)?.includes('second')) over = true;
  }
  expect(seen).toEqual(['the first\n', '(replaced)', 'the second and longer one\n']);
});
