import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import {
  CorruptStoreError,
  type MarketWriter,
  NewerStoreError,
  type Origin,
  OriginMismatchError,
  openMarketReader,
  openMarketWriter,
  StoreHeldError,
  StoreNotWritableError,
} from '../../../src/watch/history/index.ts';
import { anObservation, aPoll, INTERVAL_MS, START_MS } from './journal/poll-builders.ts';
import { tempDir } from './journal/temp-journal.ts';

const SIMULATED: Origin = { kind: 'simulated', seed: '7' };

async function openStore(
  dir: string,
  over: { origin?: Origin; keepMisses?: number } = {},
): Promise<MarketWriter> {
  const clock = new SteppedClock(START_MS);
  const writer = await openMarketWriter({
    dir,
    origin: SIMULATED,
    holder: 'a test',
    clock,
    log: silentLog,
    ...over,
  });
  onTestFinished(() => writer.close());
  return writer;
}

/** Another process that holds the store. */
async function holdElsewhere(dir: string): Promise<ChildProcess> {
  const fixture = fileURLToPath(new URL('./hold-store.ts', import.meta.url));
  const child = spawn(process.execPath, [fixture, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

describe('a market writer', () => {
  it('makes the folder, keeps polls over a restart, and numbers on', async () => {
    const dir = join(tempDir(), 'deep', 'live.market');
    const writer = await openStore(dir);
    expect(writer.lastPoll()).toBeUndefined();
    expect(writer.append(aPoll(1, [anObservation()])).poll).toBe(1);
    await writer.close();
    await writer.close();
    const again = await openStore(dir);
    expect(again.lastPoll()).toEqual({ poll: 1, tsMs: START_MS + INTERVAL_MS, filter: '' });
    expect(again.append(aPoll(2, [anObservation()]))).toMatchObject({ poll: 2, events: 0 });
  });

  it('passes keepMisses on', async () => {
    const writer = await openStore(tempDir(), { keepMisses: 1 });
    writer.append(aPoll(1, [anObservation()]));
    expect(writer.append(aPoll(2, []))).toMatchObject({ gone: 1 });
  });

  it('seals what a reader then reads together with what came after', async () => {
    const dir = tempDir();
    const writer = await openStore(dir);
    const price = (poll: number) => anObservation({ dphTotal: poll / 10 });
    for (const poll of [1, 2, 3]) writer.append(aPoll(poll, [price(poll)]));
    await writer.seal({ throughPoll: 2 });
    writer.append(aPoll(4, [price(4)]));
    const reader = await openMarketReader({ dir, clock: new SteppedClock(START_MS), log: silentLog });
    try {
      const rows = await reader.rows('SELECT dph_total_usd AS price FROM offers_raw ORDER BY ts');
      expect(rows.map((row) => row.price)).toEqual([0.1, 0.2, 0.3, 0.4]);
    } finally {
      await reader.close();
    }
  });
});

describe('a store of another origin', () => {
  it.each<[Origin, string]>([
    [{ kind: 'simulated', seed: '8' }, 'the SIMULATED market with seed 8'],
    [
      { kind: 'live', url: 'https://console.vast.ai/api/v0' },
      'the live market at https://console.vast.ai/api/v0',
    ],
    [{ kind: 'replay', name: '7' }, 'the replay of 7'],
    [{ kind: 'import', name: '7' }, 'what was imported from 7'],
  ])('is refused for %j, with both origins and the way out', async (origin, words) => {
    const dir = tempDir();
    await (await openStore(dir)).close();
    const refused = openStore(dir, { origin });
    await expect(refused).rejects.toThrow(OriginMismatchError);
    await expect(refused).rejects.toThrow(
      `holds the SIMULATED market with seed 7, and polls of ${words} are never mixed with it; name another store`,
    );
    // The refusal gives the lock back.
    expect((await openStore(dir)).origin).toEqual(SIMULATED);
  });
});

describe('a store that is held', () => {
  it('by this process is refused to it, and free when the first writer closes', async () => {
    const dir = tempDir();
    const first = await openStore(dir);
    await expect(openStore(dir)).rejects.toThrow(StoreHeldError);
    await expect(openStore(dir)).rejects.toThrow(`"a test" (process ${process.pid} on `);
    first.append(aPoll(1, []));
    await first.close();
    expect(existsSync(join(dir, 'lock.json'))).toBe(false);
    expect((await openStore(dir)).lastPoll()?.poll).toBe(1);
  });

  it('by another process names it; readers are let in; killed, it holds nothing', async () => {
    const dir = tempDir();
    await (await openStore(dir)).close();
    const child = await holdElsewhere(dir);
    const error = await openStore(dir).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StoreHeldError);
    const { holder, message } = error as StoreHeldError;
    expect(holder).toMatchObject({ pid: child.pid, what: 'the other process' });
    expect(message).toContain(`is being written by "the other process" (process ${child.pid} on `);
    const reader = await openMarketReader({ dir, clock: new SteppedClock(START_MS), log: silentLog });
    expect(reader.origin).toEqual(SIMULATED);
    await reader.close();
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(existsSync(join(dir, 'lock.json'))).toBe(true);
    const writer = await openStore(dir);
    expect(JSON.parse(readFileSync(join(dir, 'lock.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(writer.append(aPoll(1, [])).poll).toBe(1);
  });

  it('is given back by a process that ends in order', async () => {
    const dir = tempDir();
    const child = await holdElsewhere(dir);
    child.stdin?.end();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(existsSync(join(dir, 'lock.json'))).toBe(false);
    await openStore(dir);
  });
});

describe('a damaged store', () => {
  const edit = (dir: string, change: (store: Record<string, unknown>) => unknown) => {
    const path = join(dir, 'store.json');
    const changed = change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>);
    writeFileSync(path, typeof changed === 'string' ? changed : JSON.stringify(changed));
  };

  it.each<[string, (store: Record<string, unknown>) => unknown, RegExp]>([
    ['that is half a file', () => '{"format":', /store\.json is not a JSON object/],
    ['without a format', (store) => ({ ...store, format: undefined }), /store\.json has format undefined/],
    [
      'with an origin of no known kind',
      (store) => ({ ...store, origin: { kind: 'hearsay' } }),
      /has origin \{"kind":"hearsay"\}/,
    ],
  ])('is one with a store.json %s', async (_what, change, sentence) => {
    const dir = tempDir();
    await (await openStore(dir)).close();
    edit(dir, change);
    const refused = openStore(dir);
    await expect(refused).rejects.toThrow(CorruptStoreError);
    await expect(refused).rejects.toThrow(sentence);
  });

  it('of a later format is refused as newer', async () => {
    const dir = tempDir();
    await (await openStore(dir)).close();
    edit(dir, (store) => ({ ...store, format: 2 }));
    await expect(openStore(dir)).rejects.toThrow(NewerStoreError);
  });

  it('is one with a journal and no store.json', async () => {
    const dir = tempDir();
    await (await openStore(dir)).close();
    rmSync(join(dir, 'store.json'));
    await expect(openStore(dir)).rejects.toThrow(/it has a journal and no store\.json/);
  });

  it.each(['snapshot', 'seal'] as const)('is one whose journal was lost after a %s', async (act) => {
    const dir = tempDir();
    const writer = await openStore(dir);
    writer.append(aPoll(1, [anObservation()]));
    await writer[act]();
    await writer.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `journal.db${suffix}`), { force: true });
    const refused = openStore(dir);
    await expect(refused).rejects.toThrow(CorruptStoreError);
    await expect(refused).rejects.toThrow(/its journal\.db is not there/);
    expect(existsSync(join(dir, 'manifest.json'))).toBe(true);
    expect(existsSync(join(dir, 'journal.db'))).toBe(false);
  });

  it('is one whose journal is not what its newest poll says', async () => {
    const dir = tempDir();
    const writer = await openStore(dir);
    writer.append(aPoll(1, [anObservation()]));
    await writer.close();
    const db = new DatabaseSync(join(dir, 'journal.db'));
    db.exec('UPDATE price_ev SET dph_total = 0.5');
    db.close();
    await expect(openStore(dir)).rejects.toThrow(CorruptStoreError);
  });

  it('in the place of a file cannot be written', async () => {
    const path = join(tempDir(), 'file');
    writeFileSync(path, '');
    await expect(openStore(path)).rejects.toThrow(StoreNotWritableError);
  });
});
