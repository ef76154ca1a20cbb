// Goal: a home has one daemon, whoever is killed however; its file is believed only while its process lives; its tokens are for
// its owner alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/base/std/index.ts';
import {
  type DaemonFile,
  DaemonRunningError,
  findDaemon,
  identify,
  lockDaemon,
  openDaemonTokens,
  removeDaemonFile,
  stopDaemon,
  tokenFilesOf,
  writeDaemonFile,
} from '../../../../src/front/app/index.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vd-daemon-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = (pid: number, more: Partial<DaemonFile> = {}): DaemonFile => ({
  ...identify(pid),
  ...tokenFilesOf(home),
  address: 'http://127.0.0.1:1',
  startedAtMs: 1,
  parts: ['rentals'],
  version: '0',
  drives: '',
  ...more,
});
const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Another process that holds the lock of this home until it is killed. */
async function holder() {
  const module = new URL('../../../../src/front/app/daemon/daemon-lock.ts', import.meta.url).href;
  const code = `const { lockDaemon } = await import(${JSON.stringify(module)});
    globalThis.lock = lockDaemon(${JSON.stringify(home)}); process.stdout.write('held'); process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid as number,
    kill: async (signal: NodeJS.Signals) => {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
  };
}

describe('the lock', () => {
  it('is had by one at a time, and names who has it', async () => {
    const other = await holder();
    expect(() => lockDaemon(home)).toThrow(DaemonRunningError);
    expect(() => lockDaemon(home)).toThrow('just starting');
    writeDaemonFile(home, file(other.pid));
    expect(() => lockDaemon(home)).toThrow(`process ${other.pid}`);
    await other.kill('SIGTERM');
    lockDaemon(home)[Symbol.dispose]();
  });

  it('is free at once after its holder was killed, whatever it left behind', async () => {
    const other = await holder();
    writeDaemonFile(home, file(other.pid));
    await other.kill('SIGKILL');
    using lock = lockDaemon(home);
    expect(lock).toBeDefined();
    expect(() => lockDaemon(home)).toThrow(DaemonRunningError);
  });
});

describe('the file', () => {
  it('is for its owner alone, holds no token, and leads to the daemon while that lives', async () => {
    const tokens = openDaemonTokens(home);
    const other = await holder();
    writeDaemonFile(home, file(other.pid));
    const path = join(home, 'daemon.json');
    expect(modeOf(path)).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(tokens.full.reveal());
    const found = findDaemon(home);
    expect(found).toMatchObject({ pid: other.pid, address: 'http://127.0.0.1:1', isElsewhere: false });
    expect(found?.token?.reveal()).toBe(tokens.full.reveal());
    await other.kill('SIGKILL');
    expect(findDaemon(home)).toBeUndefined();
  });

  it('of a process whose number another one has by now leads nowhere', () => {
    writeDaemonFile(home, file(process.pid));
    expect(findDaemon(home)?.pid).toBe(process.pid);
    writeDaemonFile(home, file(process.pid, { startedAs: 'another start' }));
    expect(findDaemon(home)).toBeUndefined();
  });

  it('of another computer is neither believed dead nor stopped from here', async () => {
    writeDaemonFile(home, file(999_999_999, { host: `not-${hostname()}` }));
    expect(findDaemon(home)).toMatchObject({ isElsewhere: true });
    expect(await stopDaemon(home, { clock: systemClock() })).toBe('elsewhere');
  });

  it.each(['', '{', '[]', '{"pid":0}', '{"pid":-1}', 'null'])('that holds %j is no daemon', (text) => {
    writeFileSync(join(home, 'daemon.json'), text);
    expect(findDaemon(home)).toBeUndefined();
  });

  it('is not there before and after', async () => {
    expect(findDaemon(home)).toBeUndefined();
    removeDaemonFile(home);
    expect(await stopDaemon(home, { clock: systemClock() })).toBe('none');
  });
});

describe('stopping', () => {
  it('asks for an orderly end and comes back when the process is dead', async () => {
    const other = await holder();
    writeDaemonFile(home, file(other.pid));
    expect(await stopDaemon(home, { clock: systemClock() })).toBe('stopped');
    expect(findDaemon(home)).toBeUndefined();
    lockDaemon(home)[Symbol.dispose]();
  });
});

describe('the tokens', () => {
  it('are two, long, for their owner alone, and the same after a restart', () => {
    const { full, read } = openDaemonTokens(home);
    const { tokenFile, readTokenFile } = tokenFilesOf(home);
    expect(full.reveal()).toMatch(/^[0-9a-f]{36}$/);
    expect(read.reveal()).not.toBe(full.reveal());
    expect([modeOf(tokenFile), modeOf(readTokenFile)]).toEqual([0o600, 0o600]);
    expect(openDaemonTokens(home).full.reveal()).toBe(full.reveal());
  });

  it('that others could read are closed to them, and a half one is made anew', () => {
    const { full, read } = openDaemonTokens(home);
    const { tokenFile, readTokenFile } = tokenFilesOf(home);
    chmodSync(tokenFile, 0o644);
    writeFileSync(readTokenFile, read.reveal().slice(0, 35));
    const again = openDaemonTokens(home);
    expect(modeOf(tokenFile)).toBe(0o600);
    expect(again.full.reveal()).toBe(full.reveal());
    expect(again.read.reveal()).not.toContain(read.reveal().slice(0, 35));
  });
});
