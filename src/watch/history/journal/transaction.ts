// One transaction: all of it durable, or nothing of it there.
import type { DatabaseSync } from 'node:sqlite';
import type { OnStep } from './event-writer.ts';

export function inTransaction(db: DatabaseSync, onStep: OnStep | undefined, act: () => void): void {
  onStep?.('begin');
  db.exec('BEGIN IMMEDIATE');
  try {
    act();
    onStep?.('commit');
    db.exec('COMMIT');
  } catch (error) {
    // SQLite rolls back by itself after some faults, a full disk among them.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
  onStep?.('committed');
}
