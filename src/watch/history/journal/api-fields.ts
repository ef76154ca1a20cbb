// Which fields the API sends, and since when: a field that vanishes is an alarm, a new one is news.
import type { DatabaseSync } from 'node:sqlite';
import type { OnStep } from './event-writer.ts';
import { inTransaction } from './transaction.ts';

export interface FieldChanges {
  /** Fields that were not there at the last recording; nothing the first time, which sets the standard. */
  readonly appeared: readonly string[];
  readonly vanished: readonly string[];
}

export interface FieldDeps {
  readonly db: DatabaseSync;
  readonly onStep?: OnStep | undefined;
}

/**
 * Compares the names of all fields of a poll's answers with those of the recording before, and remembers them;
 * `poll` is the poll they came with. No names at all say nothing: an empty market has no fields.
 */
export function recordFields(
  { db, onStep }: FieldDeps,
  names: readonly string[],
  poll: number,
): FieldChanges {
  const seen = new Set(names.map((name) => name.toWellFormed()));
  const known = new Map(
    db
      .prepare('SELECT name, last_poll FROM fields')
      .all()
      .map((row) => [String(row.name), row.last_poll === null] as const),
  );
  const appeared = [...seen].filter((name) => known.get(name) !== true).sort();
  const vanished = [...known]
    .filter(([name, isPresent]) => isPresent && !seen.has(name))
    .map(([name]) => name)
    .sort();
  if (seen.size === 0 || (appeared.length === 0 && vanished.length === 0))
    return { appeared: [], vanished: [] };
  inTransaction(db, onStep, () => {
    const add = db.prepare(
      'INSERT INTO fields VALUES (?, ?, NULL) ON CONFLICT (name) DO UPDATE SET last_poll = NULL',
    );
    const end = db.prepare('UPDATE fields SET last_poll = max(first_poll, ?) WHERE name = ?');
    for (const name of appeared) add.run(name, poll);
    for (const name of vanished) end.run(poll - 1, name);
  });
  return known.size === 0 ? { appeared: [], vanished } : { appeared, vanished };
}
