// An existing VastWatch SQLite file, read poll by poll through node:sqlite while its own collector may go on
// writing: every read is short, and polls that arrive after the plan was made are left for the next import.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ImportSourceError } from '../errors.ts';
import { readSqliteMark } from '../simulated-mark.ts';
import {
  type MarketSource,
  matchColumns,
  type PlannedPoll,
  planPolls,
  refuseUnreadable,
  type TimeGroup,
} from './market-source.ts';
import { collectPoll, type RefusalList, type SourcePoll } from './poll-rows.ts';
import { parsePollTime } from './poll-time.ts';
import { type RawCell, type RawColumn, VALUE_COLUMNS } from './raw-row.ts';

/** How long a read waits for the file's own writer to finish its transaction. */
const BUSY_TIMEOUT_MS = 10_000;

/** Reading a poll by its range of row ids may touch this many rows for each one it wants. */
const WASTE_ALLOWED = 8;

interface VastWatchDatabase {
  readonly db: DatabaseSync;
  readonly nameOf: ReadonlyMap<RawColumn, string>;
  readonly missing: readonly RawColumn[];
}

/** Opens the file read-only and sees that it is VastWatch's; throws ImportSourceError with a sentence. */
function openVastWatch(path: string): VastWatchDatabase {
  const db = openReadOnly(path);
  try {
    const names = db
      .prepare(`SELECT name FROM pragma_table_info('offers_raw')`)
      .all()
      .map((row) => String(row.name));
    if (names.length === 0) {
      throw new ImportSourceError(
        path,
        `${path} is a SQLite database without a table offers_raw; give the file that VastWatch wrote (its VW_DB)`,
      );
    }
    return { db, ...matchColumns(path, names) };
  } catch (error) {
    db.close();
    throw sentenceOf(path, error);
  }
}

/** Throws ImportSourceError with a sentence unless the file is a SQLite database of VastWatch. */
export function checkVastWatchSqlite(path: string): void {
  openVastWatch(path).db.close();
}

/** Opens the file and plans its polls; throws ImportSourceError with a sentence. */
export function openSqliteSource(path: string): MarketSource {
  const { db, nameOf, missing } = openVastWatch(path);
  try {
    const columns = VALUE_COLUMNS.map((column) => quote(nameOf.get(column)));
    const ts = quote(nameOf.get('ts'));
    const { plan, unreadable } = planPolls(timeGroups(db, ts));
    const select = `SELECT ${ts}, rowid, ${columns.join(', ')} FROM offers_raw`;
    const read = canSeek(db, plan)
      ? seekPolls(db, `${select} WHERE ${ts} = ? AND rowid BETWEEN ? AND ? ORDER BY rowid`)
      : sortPolls(db, select, ts);
    return {
      kind: 'vastwatch-sqlite',
      path,
      simulatedSeed: readSqliteMark(db),
      missingColumns: missing,
      plan,
      refuseUnplanned: (refusals) => refuseUnreadable(unreadable, 'rowid', refusals),
      read: async function* (polls, refusals) {
        try {
          yield* read(polls, refusals);
        } catch (error) {
          throw sentenceOf(path, error);
        }
      },
      [Symbol.asyncDispose]: async () => db.close(),
    };
  } catch (error) {
    db.close();
    throw sentenceOf(path, error);
  }
}

type ReadPolls = (polls: readonly PlannedPoll[], refusals: RefusalList) => Iterable<SourcePoll>;

/** Each poll by its own texts and range of row ids: VastWatch's idx_ts, or the order of insertion, finds it. */
function seekPolls(db: DatabaseSync, sql: string): ReadPolls {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return function* (polls, refusals) {
    for (const poll of polls) {
      const rows = poll.texts.flatMap((text) => allRows(statement, text, poll.firstRow, poll.lastRow));
      // Two forms of one time: their rows are brought back into the order in which they were written.
      if (poll.texts.length > 1) rows.sort((a, b) => Number(a[1]) - Number(b[1]));
      const collector = collectPoll(poll.tsMs, refusals);
      for (const row of rows) collector.add(() => `rowid ${Number(row[1])}`, row.slice(2));
      yield collector.finish();
    }
  };
}

/** All polls in one sorted pass, for a table without an index whose rows are in no order of time. */
function sortPolls(db: DatabaseSync, select: string, ts: string): ReadPolls {
  db.function('poll_time', { deterministic: true }, (text) => parsePollTime(String(text)) ?? null);
  const statement = db.prepare(
    `${select} WHERE poll_time(${ts}) BETWEEN ? AND ? ORDER BY poll_time(${ts}), rowid`,
  );
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  return function* (polls, refusals) {
    const first = polls[0];
    const last = polls.at(-1);
    if (!first || !last) return;
    let next = 0;
    let collector = collectPoll(first.tsMs, refusals);
    let tsMs = first.tsMs;
    for (const row of rowsOf(statement.iterate(first.tsMs, last.tsMs))) {
      const rowMs = parsePollTime(String(row[0]));
      if (rowMs !== tsMs) {
        yield collector.finish();
        next += 1;
        tsMs = polls[next]?.tsMs ?? Number.NaN;
        // A poll that arrived in between is not in the plan; it is left for the next import.
        if (rowMs !== tsMs) return;
        collector = collectPoll(tsMs, refusals);
      }
      collector.add(() => `rowid ${Number(row[1])}`, row.slice(2));
    }
    yield collector.finish();
  };
}

function allRows(statement: StatementSync, text: string, first: number, last: number): RawCell[][] {
  try {
    return [...rowsOf(statement.all(text, first, last))];
  } catch (error) {
    // An integer beyond 2^53 stands in this poll: read it whole, so that the one row can be refused by name.
    if (!(error instanceof RangeError)) throw error;
    statement.setReadBigInts(true);
    try {
      return [...rowsOf(statement.all(text, first, last))];
    } finally {
      statement.setReadBigInts(false);
    }
  }
}

/** The driver's types know rows as objects only; these statements return arrays. */
function rowsOf(rows: Iterable<unknown>): Iterable<RawCell[]> {
  return rows as Iterable<RawCell[]>;
}

function* timeGroups(db: DatabaseSync, ts: string): Generator<TimeGroup> {
  const statement = db.prepare(
    `SELECT CAST(${ts} AS TEXT), COUNT(*), MIN(rowid), MAX(rowid) FROM offers_raw GROUP BY ${ts}`,
  );
  statement.setReturnArrays(true);
  for (const [text, rows, firstRow, lastRow] of rowsOf(statement.iterate())) {
    yield {
      text: text as string | null,
      rows: Number(rows),
      firstRow: Number(firstRow),
      lastRow: Number(lastRow),
    };
  }
}

function canSeek(db: DatabaseSync, plan: readonly PlannedPoll[]): boolean {
  const indexed = db
    .prepare(
      `SELECT 1 FROM pragma_index_list('offers_raw') AS list, pragma_index_info(list.name) AS info
       WHERE info.seqno = 0 AND lower(info.name) = 'ts' AND list.partial = 0 LIMIT 1`,
    )
    .get();
  if (indexed) return true;
  let touched = 0;
  let wanted = 0;
  for (const poll of plan) {
    touched += poll.lastRow - poll.firstRow + 1;
    wanted += poll.rows;
  }
  return touched <= wanted * WASTE_ALLOWED;
}

function openReadOnly(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw sentenceOf(path, error);
  }
}

/** The driver's terse words as a sentence that says what to do. */
export function sentenceOf(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ImportSourceError) return error;
  const { errcode } = error as { errcode?: unknown };
  const primary = typeof errcode === 'number' ? errcode & 0xff : undefined;
  const options = { cause: error };
  if (primary === 26) {
    return new ImportSourceError(
      path,
      `${path} is not a SQLite database; give the file that VastWatch wrote`,
      options,
    );
  }
  if (primary === 11) {
    return new ImportSourceError(
      path,
      `${path} is damaged (${error.message}); recover it with sqlite3 ${path} .recover into a new file, then import that one`,
      options,
    );
  }
  if (primary === 5 || primary === 6) {
    return new ImportSourceError(
      path,
      `${path} is held by another process that is writing; stop it or try again when it has finished`,
      options,
    );
  }
  if (primary === 14 || primary === 8) {
    return new ImportSourceError(
      path,
      `${path} cannot be opened for reading (${error.message}); check its rights, or copy it to a folder you can write to`,
      options,
    );
  }
  return error;
}

function quote(name: string | undefined): string {
  return name === undefined ? 'NULL' : `"${name.replaceAll('"', '""')}"`;
}
