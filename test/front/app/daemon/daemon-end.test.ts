// Goal: whoever starts a daemon learns how the one before ended, also when that one could not say it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DaemonEnd,
  type DaemonFile,
  describeDaemonEnd,
  identify,
  lastDaemonEnd,
  removeDaemonFile,
  tokenFilesOf,
  writeDaemonEnd,
  writeDaemonFile,
} from '../../../../src/front/app/index.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'vd-daemon-end-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = (startedAs: string): DaemonFile => ({
  ...identify(process.pid),
  ...tokenFilesOf(home),
  startedAs,
  address: 'http://127.0.0.1:1',
  startedAtMs: 1_000,
  parts: ['rentals'],
  version: '0',
  drives: '',
});
const end = (more: Partial<DaemonEnd> = {}): DaemonEnd => ({
  kind: 'in-order',
  pid: process.pid,
  startedAtMs: 1_000,
  endedAtMs: 61_000,
  reason: '',
  ...more,
});

describe('the end of the daemon before', () => {
  it('is unknown where none ever ran, and while one runs', () => {
    expect(lastDaemonEnd(home)).toBeUndefined();
    writeDaemonEnd(home, end());
    writeDaemonFile(home, file(identify(process.pid).startedAs));
    expect(lastDaemonEnd(home)).toBeUndefined();
  });

  it('is what it wrote, and an end in order is no news', () => {
    writeDaemonEnd(home, end());
    expect(lastDaemonEnd(home)).toEqual(end());
    expect(describeDaemonEnd(end())).toBeUndefined();
  });

  it('is a kill when it has left its file, whatever the one before it had written', () => {
    writeDaemonEnd(home, end({ startedAtMs: 500 }));
    writeDaemonFile(home, file('a start long ago'));
    const found = lastDaemonEnd(home);
    expect(found).toEqual(end({ kind: 'killed', endedAtMs: null }));
    expect(found && describeDaemonEnd(found)).toContain(`process ${process.pid}, since 1970-01-01T00:00:01Z`);
    removeDaemonFile(home);
    expect(lastDaemonEnd(home)?.kind).toBe('in-order');
  });

  it('is the crash that it wrote, although its file is still there', () => {
    writeDaemonEnd(home, end({ kind: 'crashed', reason: 'the sky fell' }));
    writeDaemonFile(home, file('a start long ago'));
    const found = lastDaemonEnd(home);
    expect(found?.kind).toBe('crashed');
    expect(found && describeDaemonEnd(found)).toContain('by an error: the sky fell');
  });

  it.each(['', '{', 'null', '{"kind":"gone"}'])('is unknown when %j is written', (text) => {
    writeFileSync(join(home, 'daemon-end.json'), text);
    expect(lastDaemonEnd(home)).toBeUndefined();
  });
});
