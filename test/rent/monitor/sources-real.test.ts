// The commands that look for lines, on a real machine by a real SSH server with a real shell and a real tmux: a twin
// understands only what it was taught.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtFile } from '../../../src/rent/monitor/sources/far-file.ts';
import { expandGlob, findInWorkspace, workspaceOf } from '../../../src/rent/monitor/sources/find-logs.ts';
import type { FoundSource } from '../../../src/rent/monitor/sources/line-source.ts';
import { makeLogPrint } from '../../../src/rent/monitor/sources/log-print.ts';
import { remoteFile } from '../../../src/rent/monitor/sources/remote-file.ts';
import { findPanes } from '../../../src/rent/monitor/sources/tmux-pane.ts';
import { createShellPool } from '../../../src/rent/remote/index.ts';
import { aRealTarget, type RealTarget } from '../remote/a-target.ts';

const HOUR_MS = 3_600_000;

let target: RealTarget;
const signal = new AbortController().signal;
beforeAll(async () => {
  target = await aRealTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const run = async (command: string) => {
  await using shell = await target.open();
  const { code, stdout, stderr } = await shell.exec(command);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trim();
};

/** What comes until it holds `wanted`. */
async function textOf(source: FoundSource, wanted: string): Promise<string> {
  const stopping = new AbortController();
  let text = '';
  for await (const { bytes } of source.read({
    from: undefined,
    onAnswer: () => {},
    signal: stopping.signal,
  })) {
    text += Buffer.from(bytes).toString();
    if (text.includes(wanted)) break;
  }
  stopping.abort();
  return text;
}

describe('on a real machine', () => {
  it('finds the workspace, and the likeliest log in it', async () => {
    await using shell = await target.open();
    const root = await workspaceOf(shell, signal);
    expect(root).toMatch(/\/workspace$/);
    await run(
      `cd ${root} && mkdir -p output/a .cache/x logs && echo 1 > output/a/training.log && echo 2 > .cache/x/train.log && echo 3 > logs/other.log && touch -d '1 hour ago' output/a/training.log && touch logs/events.out.tfevents.1.host`,
    );
    const { logs, events } = await findInWorkspace(shell, root, signal);
    expect(logs.map(({ path }) => path.slice(root.length))).toEqual([
      '/output/a/training.log',
      '/logs/other.log',
    ]);
    expect(events.map(({ path }) => path.slice(root.length))).toEqual(['/logs/events.out.tfevents.1.host']);
    expect((await findInWorkspace(shell, '/nowhere', signal)).logs).toEqual([]);
  });

  it('takes a pattern as the shell does, and runs nothing that stands in it', async () => {
    const home = await run('pwd');
    await run(
      `mkdir -p 'odd names' && echo 1 > 'odd names/a b.log' && echo 2 > 'odd names/$(touch oops).log'`,
    );
    await using shell = await target.open();
    const paths = async (glob: string) => (await expandGlob(shell, glob, signal)).map(({ path }) => path);
    expect((await paths(`${home}/odd names/*.log`)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      `${home}/odd names/$(touch oops).log`,
      `${home}/odd names/a b.log`,
    ]);
    expect(await paths(`${home}/odd names/a?b.lo[fg]`)).toEqual([`${home}/odd names/a b.log`]);
    expect(await paths('$(touch oops); touch oops & `touch oops`')).toEqual([]);
    expect(await paths(`${home}/none-*.log`)).toEqual([]);
    expect(await shell.stat('oops')).toBeUndefined();
  });

  it('goes on with a log over a connection that is cut', async () => {
    await run('echo "step 1" > cut.log');
    await using pool = createShellPool<number>({ ...target, connect: () => target.open() });
    const source = remoteFile({
      target: { ...target, open: pool.opener(1) },
      path: 'cut.log',
      kind: 'file',
      run: 'r',
    });
    const stopping = new AbortController();
    const got: [offset: number, text: string, isPast: boolean][] = [];
    for await (const { offset, bytes, isPast } of source.read({
      from: undefined,
      onAnswer: () => {},
      signal: stopping.signal,
    })) {
      got.push([offset, Buffer.from(bytes).toString(), isPast]);
      if (got.length === 2) break;
      target.proxy.cut();
      await run('echo "step 2" >> cut.log');
    }
    stopping.abort();
    expect(got).toEqual([
      [0, 'step 1\n', true],
      [7, 'step 2\n', false],
    ]);
    expect(Buffer.from((await source.tail?.(7)) ?? []).toString()).toBe('step 2\n');
  });

  it('knows a log again that was left, and tells which one was replaced, rotated or cut meanwhile', async () => {
    const old = 'step 1\nstep 2\n';
    const lookAt = async (path: string) => await lookAtFile(target, path, signal);
    const printOf = async (path: string) => {
      const file = await lookAt(path);
      return makeLogPrint(file, { bytes: Buffer.from(old), end: old.length, atMs: target.clock.now() });
    };
    /** What its next reader is told first, after a command. */
    const readAgain = async (path: string, command: string) => {
      await run(`printf '${old}' > ${path}`);
      const print = await printOf(path);
      await run(command);
      const stopping = new AbortController();
      const source = remoteFile({ target, path, kind: 'file', run: 'r' });
      const reading = source.read({ from: undefined, print, onAnswer: () => {}, signal: stopping.signal });
      for await (const { offset, restarted, file } of reading) {
        stopping.abort();
        expect(offset).toBe(0);
        expect(file?.inode).toMatch(/^\d+$/);
        return restarted;
      }
    };
    expect(await readAgain('grown.log', 'echo "step 3" >> grown.log')).toBeUndefined();
    expect(await readAgain('anew.log', 'seq 100 > anew.log')).toBe('replaced');
    expect(await readAgain('cut.log', 'echo "step 1" > cut.log')).toBe('truncated');
    expect(await readAgain('turned.log', 'mv turned.log turned.log.1; seq 100 > turned.log')).toBe(
      'replaced',
    );
    // The program goes on writing behind what is no more there: a hole.
    const copied =
      'cp copied.log copied.log.1; : > copied.log; truncate -s 14 copied.log; seq 100 >> copied.log';
    expect(await readAgain('copied.log', copied)).toBe('replaced');
    const copiedBack = 'cp -p back.log x; rm back.log; mv x back.log; echo "step 3" >> back.log';
    expect(await readAgain('back.log', copiedBack)).toBeUndefined();
    const gone = await lookAt('nothing.log');
    expect(gone).toMatchObject({ isThere: false, sizeBytes: 0, inode: null });
  });

  it('tells the age of a log by our clock, whatever the machine’s says', async () => {
    await run('echo "step 1" > aged.log && touch -d "2 hours ago" aged.log');
    const clock = { ...target.clock, now: () => target.clock.now() + 5 * HOUR_MS };
    const ours = await lookAtFile({ ...target, clock }, 'aged.log', signal);
    expect(Math.abs(clock.now() - 2 * HOUR_MS - ours.modifiedAtMs)).toBeLessThan(60_000);
    // It was made just now.
    if (ours.bornAtMs !== null) expect(Math.abs(clock.now() - ours.bornAtMs)).toBeLessThan(60_000);
    const same = await lookAtFile(target, 'aged.log', signal);
    expect(Math.abs(target.clock.now() - 2 * HOUR_MS - same.modifiedAtMs)).toBeLessThan(60_000);
  });

  it.skipIf(!existsSync('/usr/bin/tmux'))('reads the active pane of a tmux', async () => {
    expect(await findPanes(target, { run: 'r', everyMs: 50, signal })).toEqual([]);
    await run(
      `tmux new-session -d -s train -x 200 -y 50 'for i in 1 2 3; do echo "step $i"; done; sleep 60' && tmux new-window -d -t train 'sleep 60'`,
    );
    try {
      const panes = await findPanes(target, { run: 'r', everyMs: 50, signal });
      expect(panes.map(({ from }) => from)).toEqual(['train:0.0', 'train:1.0']);
      const text = await textOf(panes[0] as FoundSource, 'step 2');
      expect(text.split('\n').slice(0, 2)).toEqual(['step 1', 'step 2']);
    } finally {
      await run('tmux kill-server');
    }
  });
});
