// Bytes on disk: of the files of a folder, and of the tables of a SQLite file.
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Of all files below `folder` whose name matches. */
export function folderBytes(folder: string, matches: RegExp = /./): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && matches.test(basename(path))) bytes += statSync(path).size;
  }
  return bytes;
}

/** Of each table of the file, its indexes named by themselves. */
export function tableBytes(path: string): Map<string, number> {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = db.prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name').all();
    return new Map(rows.map((row) => [String(row.name), Number(row.bytes)]));
  } finally {
    db.close();
  }
}
