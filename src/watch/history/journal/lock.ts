// One writer a store. The lock is a transaction on lock.db that stays open: the operating system takes it away from
// a process that dies, however it dies. lock.json tells the others who holds it.
import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, formatIso } from '../../../base/std/index.ts';
import { replaceFile } from '../segments/durable-file.ts';
import { StoreHeldError, type StoreHolder } from './errors.ts';
import { SQLITE_BUSY, sqliteCode, translateFault } from './sqlite-faults.ts';

// Nothing else may open lock.db in the process that holds it: on POSIX systems closing any handle of a file gives
// up all locks of the process on it.
const LOCK_DATABASE = 'lock.db';
const HOLDER_FILE = 'lock.json';

export interface StoreLock extends Disposable {
  release(): void;
}

/** Takes the store's lock for this process; throws StoreHeldError at once when another one (or this one) has it. */
export function acquireLock(
  { dir, clock }: { readonly dir: string; readonly clock: Clock },
  what: string,
): StoreLock {
  const holderPath = join(dir, HOLDER_FILE);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(dir, LOCK_DATABASE), { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    const holder: StoreHolder = { pid, host: hostname(), since: formatIso(clock.now()), what };
    replaceFile(holderPath, `${JSON.stringify(holder)}\n`);
  } catch (error) {
    db?.close();
    if (sqliteCode(error) === SQLITE_BUSY) throw new StoreHeldError(dir, readHolder(dir));
    throw translateFault(error, dir);
  }
  const held = db;
  const release = () => {
    if (!held.isOpen) return;
    // Before the lock, so that the next holder's file is not the one that goes.
    rmSync(holderPath, { force: true });
    held.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** Who wrote lock.json: the holder, or one that was killed; only a failed `acquireLock` tells which. */
export function readHolder(dir: string): StoreHolder | undefined {
  try {
    const parsed = JSON.parse(readFileSync(join(dir, HOLDER_FILE), 'utf8')) as Partial<StoreHolder>;
    const { pid: holderPid, host, since, what } = parsed;
    if (typeof holderPid !== 'number') return undefined;
    return { pid: holderPid, host: String(host), since: String(since), what: String(what) };
  } catch {
    // Not there yet, or half a file of a full disk: the lock itself counts, this is only a name.
    return undefined;
  }
}
