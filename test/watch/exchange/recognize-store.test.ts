import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recognizeStore } from '../../../src/watch/exchange/index.ts';
import { aRow, FIFTEEN, writeCsv, writeSqlite, writeThroughDuckDb } from './vastwatch-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-recognize-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

/** Opens the file in a process of its own, for writing, and keeps it open until disposed. */
async function heldByAnother(path: string): Promise<AsyncDisposable & { readonly pid: number | undefined }> {
  const script = `import { DuckDBInstance } from '@duckdb/node-api';
    await DuckDBInstance.create(process.env.HELD);
    console.log('held');
    process.stdin.resume();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HELD: path },
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

describe('a path given as the market store', () => {
  it('is recognised as a SQLite file of VastWatch, with 15 columns or 16, and the import command', async () => {
    writeSqlite(at('my watch.db'), [aRow()]);
    writeSqlite(at('old.db'), [aRow()], { columns: FIFTEEN });
    expect(await recognizeStore(at('my watch.db'))).toMatchObject({
      kind: 'vastwatch-sqlite',
      sentence: `${at('my watch.db')} is a SQLite file of VastWatch; bring it into a market store with: vastdeck market import '${at('my watch.db')}' --live`,
    });
    expect((await recognizeStore(at('old.db'))).sentence).toMatch(`vastdeck market import ${at('old.db')}`);
  });

  it('is recognised as a DuckDB file of VastWatch, with the import command', async () => {
    writeCsv(at('a.csv'), [aRow()]);
    await writeThroughDuckDb({ csv: at('a.csv'), duckdb: at('a.duckdb') });
    const found = await recognizeStore(at('a.duckdb'));
    expect(found.kind).toBe('vastwatch-duckdb');
    expect(found.sentence).toMatch(`vastdeck market import ${at('a.duckdb')} --live`);
  });

  it('is recognised as held by another process, and by which', async () => {
    writeCsv(at('a.csv'), [aRow()]);
    await writeThroughDuckDb({ csv: at('a.csv'), duckdb: at('a.duckdb') });
    await using holder = await heldByAnother(at('a.duckdb'));
    const found = await recognizeStore(at('a.duckdb'));
    expect(found.sentence).toMatch(`is held by another process (PID ${holder.pid})`);
    expect(found.sentence).toMatch('import a copy of the file');
  });

  it('is recognised as a store of ours by its store.json, and as nothing when there is nothing', async () => {
    mkdirSync(at('a.market'));
    expect((await recognizeStore(at('a.market'))).kind).toBe('other');
    writeFileSync(at('a.market/store.json'), '{}');
    expect((await recognizeStore(at('a.market'))).kind).toBe('vastdeck-market');
    expect((await recognizeStore(at('b.market'))).kind).toBe('absent');
  });

  it('is recognised as something else, in a sentence that says what', async () => {
    new DatabaseSync(at('other.db')).exec('CREATE TABLE t (x)');
    const instance = await DuckDBInstance.create(at('other.duckdb'));
    instance.closeSync();
    writeFileSync(at('empty.db'), '');
    writeFileSync(at('notes.db'), 'buy milk\n');
    writeFileSync(at('torn.db'), Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(84, 7)]));
    for (const [name, sentence] of [
      ['other.db', /without a table offers_raw/],
      ['other.duckdb', /without a table offers_raw/],
      ['empty.db', /is an empty file/],
      ['notes.db', /is a text file and not a market store/],
      ['torn.db', /is not a SQLite database|is damaged/],
    ] as const) {
      const found = await recognizeStore(at(name));
      expect(found.kind, name).toBe('other');
      expect(found.sentence, name).toMatch(sentence);
    }
  });
});
