import { spawn, spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../src/base/std/index.ts';
import {
  holdWrites,
  runPlainTop,
  tableText,
  terminalLook,
  troubledMonitor,
} from '../../../src/front/tui/index.ts';
import { aMonitor, aRun, aView, NOW_MS } from './a-monitor.ts';
import { aTop } from './a-top.ts';

it('gives the terminal back and rejects when the monitor breaks', async () => {
  const monitor = aMonitor({
    view: aView([aRun()]),
    run: async () => {
      throw new Error('the store is gone');
    },
  });
  const top = aTop(monitor);
  await expect(top.done).rejects.toThrow('the store is gone');
  await top.terminal.until(() => top.terminal.buffer() === 'normal');
  expect(top.terminal.isRaw()).toBe(false);
  expect(top.terminal.screen().join('')).toBe('');
  top.terminal.end();
});

/** `script` of util-linux gives a program a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') === true;

describe.skipIf(!hasScript)('on a real terminal', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGHUP', 'crash'] as const)('leaves its screen after %s', async (how) => {
    const program = fileURLToPath(new URL('./killed-top.process.ts', import.meta.url));
    // A shell stands behind it, as behind every program that a person starts, until it is ended.
    const child = spawn('script', ['-qefc', `${process.execPath} ${program} ${how}; cat`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const isLeft = (text: string) =>
      text.includes('\u001b[?1049l') && (how !== 'crash' || text.includes('it broke'));
    let written = '';
    for await (const chunk of child.stdout) {
      written += String(chunk);
      if (isLeft(written)) child.kill('SIGKILL');
    }
    expect(written).toContain('vastdeck top');
    const [, after = ''] = written.split('\u001b[?1049h');
    expect(after).toContain('\u001b[?25h');
    expect(after).toContain('\u001b[?1049l');
    // What crashed it is told on the screen that stays.
    if (how === 'crash') expect(after.split('\u001b[?1049l')[1]).toContain('it broke');
  });
});

it('keeps what others write from the screen, and lets it through again', () => {
  const stream = new PassThrough();
  const taken: string[] = [];
  const release = holdWrites(stream, (text) => void taken.push(text));
  let isDone = false;
  stream.write('a warning', () => {
    isDone = true;
  });
  stream.write(Buffer.from('bytes'));
  expect(taken).toEqual(['a warning', 'bytes']);
  expect(isDone).toBe(true);
  expect(stream.read()).toBeNull();
  release();
  stream.write('after');
  expect(String(stream.read())).toBe('after');
});

describe('the look of a terminal', () => {
  it.each([
    [
      { TERM: 'xterm', LANG: 'en_US.UTF-8' },
      { depth: '16', hasUnicode: true },
    ],
    [
      { TERM: 'xterm-256color', LANG: 'C' },
      { depth: '256', hasUnicode: false },
    ],
    [
      { TERM: 'xterm-256color', COLORTERM: 'truecolor', LC_ALL: 'C.utf8' },
      { depth: 'true', hasUnicode: true },
    ],
    [
      { TERM: 'xterm-256color', NO_COLOR: '1' },
      { depth: 'none', hasUnicode: false },
    ],
    [
      { TERM: 'xterm-256color', NO_COLOR: '' },
      { depth: '256', hasUnicode: false },
    ],
    [
      { TERM: 'dumb', COLORTERM: 'truecolor' },
      { depth: 'none', hasUnicode: false },
    ],
    [
      { TERM: 'linux', LANG: 'en_US.UTF-8' },
      { depth: '16', hasUnicode: false },
    ],
    [{ WT_SESSION: 'x' }, { depth: 'true', hasUnicode: true }],
    [
      { TERM: 'xterm', LC_ALL: 'C', LANG: 'en_US.UTF-8' },
      { depth: '16', hasUnicode: false },
    ],
  ])('is read from %o', (env, look) => {
    expect(terminalLook(env)).toEqual(look);
  });
});

describe('without a screen', () => {
  it('tells a run when it is otherwise, not when only its figures are', async () => {
    const said: string[] = [];
    const over = new AbortController();
    const monitor = aMonitor({ view: aView([aRun({ name: 'alpha' })]) });
    const clock = new SteppedClock(NOW_MS);
    const done = runPlainTop({ monitor, out: (text) => void said.push(text), clock, signal: over.signal });
    expect(said).toEqual([
      '14:03:11Z 1 run, 1 running, 1 GPU, $0.412 an hour, $1.23 spent, $321.50 by the end of the month, credit $54.10, used up at 2026-11-22T19:03Z.\n',
      '14:03:11Z alpha: running, training, 50% done, 500/1000, loss 2.314, GPU 71%, 1h42m left, $0.412 an hour, $1.23 so far, on 1x RTX 4090.\n',
    ]);
    monitor.show(aView([aRun({ name: 'alpha', loss: 2, gpuPercent: 50, progress: 0.59 })]));
    expect(said).toHaveLength(2);
    monitor.show(aView([aRun({ name: 'alpha', progress: 0.6 })]));
    expect(said).toHaveLength(3);
    monitor.show(aView([aRun({ name: 'alpha', progress: 0.6, status: 'outbid' })]));
    expect(said.at(-1)).toContain('alpha: outbid');
    over.abort();
    await done;
  });

  it('tells why there is nothing', async () => {
    const said: string[] = [];
    const clock = new SteppedClock(NOW_MS);
    const monitor = troubledMonitor('There is no API key: run "vastdeck login".', { clock });
    await runPlainTop({ monitor, out: (text) => void said.push(text), clock, signal: AbortSignal.abort() });
    expect(said.join('')).toContain('There is no API key: run "vastdeck login".');
  });

  it('prints the table once, with every run and without a code', () => {
    const runs = Array.from({ length: 70 }, (_, index) => aRun({ instanceId: 20000001 + index }));
    const text = tableText(aView(runs), {
      columns: 120,
      depth: 'text',
      hasUnicode: true,
      zone: 'UTC',
      staleAfterMs: 30_000,
      nowMs: NOW_MS,
    });
    expect(text.match(/^ {2}200000\d\d /gm)).toHaveLength(70);
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('>');
  });
});
