// What a path given as the market store (VW_DB) really is, and the sentence that says what to do about it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ImportSourceError } from './errors.ts';
import { openDuckDb } from './source/duckdb-session.ts';
import { type FileKind, fileKind } from './source/file-kind.ts';
import { attachReadOnly } from './source/open-source.ts';
import { checkVastWatchSqlite } from './source/sqlite-source.ts';

export const STORE_KINDS = [
  'vastdeck-market',
  'vastwatch-sqlite',
  'vastwatch-duckdb',
  'other',
  'absent',
] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export interface RecognizedStore {
  readonly kind: StoreKind;
  readonly path: string;
  /** One sentence for people: what it is and what to do with it. */
  readonly sentence: string;
}

/** Never throws for what the file holds; throws what the system says when the path may not be read. */
export async function recognizeStore(path: string): Promise<RecognizedStore> {
  const kind = fileKind(path);
  switch (kind) {
    case 'absent':
      return {
        kind: 'absent',
        path,
        sentence: `There is nothing at ${path} yet; vastdeck market collect begins a store`,
      };
    case 'folder':
      return existsSync(join(path, 'store.json'))
        ? { kind: 'vastdeck-market', path, sentence: `${path} is a market store of vastdeck` }
        : other(
            path,
            'is a folder without a market store in it; give another path, or an empty place for a new store',
          );
    case 'sqlite':
      return recognizeSqlite(path);
    case 'duckdb':
      return recognizeDuckDb(path);
    default:
      return other(path, OTHER_FILES[kind]);
  }
}

/** The command that brings a file into a market store. */
export function importCommand(path: string): string {
  return `vastdeck market import ${/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`}`;
}

/** VastWatch has only ever seen the live market: what it has stored and what is collected next belong together. */
function liveImportCommand(path: string): string {
  return `${importCommand(path)} --live`;
}

const OTHER_FILES: Readonly<Record<Exclude<FileKind, 'absent' | 'folder' | 'sqlite' | 'duckdb'>, string>> = {
  empty: 'is an empty file; remove it, or give another path for the market store',
  parquet: 'is a Parquet file and not a market store; if it holds offers_raw, import it',
  gzip: 'is a gzip file and not a market store; if it is CSV of offers_raw, import it',
  text: 'is a text file and not a market store; if it is CSV of offers_raw, import it',
  unknown: 'is not a database that vastdeck knows; give another path for the market store',
};

function recognizeSqlite(path: string): RecognizedStore {
  try {
    checkVastWatchSqlite(path);
    return {
      kind: 'vastwatch-sqlite',
      path,
      sentence: `${path} is a SQLite file of VastWatch; bring it into a market store with: ${liveImportCommand(path)}`,
    };
  } catch (error) {
    return explain(path, error);
  }
}

async function recognizeDuckDb(path: string): Promise<RecognizedStore> {
  const session = await openDuckDb();
  try {
    await attachReadOnly(session, path);
    return {
      kind: 'vastwatch-duckdb',
      path,
      sentence: `${path} is a DuckDB file of VastWatch; bring it into a market store with: ${liveImportCommand(path)}`,
    };
  } catch (error) {
    return explain(path, error);
  } finally {
    session.close();
  }
}

function explain(path: string, error: unknown): RecognizedStore {
  if (!(error instanceof ImportSourceError)) throw error;
  return { kind: 'other', path, sentence: error.message };
}

function other(path: string, what: string): RecognizedStore {
  const command = what.endsWith('import it') ? ` with: ${importCommand(path)}` : '';
  return { kind: 'other', path, sentence: `${path} ${what}${command}` };
}
