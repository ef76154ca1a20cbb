// One process that has the same file open twice keeps its hold on it. SQLite's locks are the process's, and are lost with any
// descriptor of the file that it closes; another program that then reads the file, such as sqlite3, takes itself for the last
// one and removes the write-ahead log under a daemon that goes on writing into it.
import { readFileSync, statSync } from 'node:fs';
import { platform } from 'node:os';
import { pid } from 'node:process';
import { expect, it } from 'vitest';
import { freshStore } from '../../support/stores.ts';

/** As the system tells them: kind, mode, process, device and inode, first and last byte. */
function locksOn(path: string): number {
  const inode = String(statSync(path).ino);
  const rows = readFileSync('/proc/locks', 'utf8').split('\n');
  const own = rows.map((row) => row.split(/\s+/)).filter((fields) => fields.includes(String(pid)));
  return own.filter((fields) => fields.some((field) => field.endsWith(`:${inode}`))).length;
}

it.runIf(platform() === 'linux')(
  'A store that is opened twice is held until it is closed twice',
  async () => {
    const { url, store, openAgain } = await freshStore('sqlite');
    expect(locksOn(url)).toBe(1);
    const again = await openAgain();
    expect(locksOn(url)).toBe(1);
    await again.close();
    expect(locksOn(url)).toBe(1);
    await store.close();
    expect(locksOn(url)).toBe(0);
  },
);
