// One daemon a home. The lock is a transaction that stays open on a database of its own: the operating system takes it away
// from a process that dies, however it dies, so a lock never outlives its holder.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatIso, makeFolder } from '../../../base/std/index.ts';
import { readDaemonFile } from './daemon-file.ts';

/** This home has its daemon already; nothing was started. */
export class DaemonRunningError extends Error {
  override name = 'DaemonRunningError';
}

const SQLITE_BUSY = 5;
/** A process that was killed is seen dead a moment before the system has taken its last thread, and with it the lock. */
const DYING_MS = 300;

/** Throws DaemonRunningError when another process, or this one, holds it. */
export function lockDaemon(home: string): Disposable {
  makeFolder(home);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(home, 'daemon.lock'), { timeout: DYING_MS });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if ((Number((error as { errcode?: number }).errcode) & 0xff) !== SQLITE_BUSY) throw error;
    const file = readDaemonFile(home);
    const who = file
      ? `process ${file.pid}, since ${formatIso(file.startedAtMs)}, at ${file.address}`
      : 'it is just starting';
    throw new DaemonRunningError(
      `${home} has a daemon already (${who}): "vastdeck status" shows it, "vastdeck down" stops it`,
      { cause: error },
    );
  }
  const held = db;
  return {
    [Symbol.dispose]: () => {
      if (held.isOpen) held.close();
    },
  };
}
