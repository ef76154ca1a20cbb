// Files for the owner's eyes only, which are there whole or not at all.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { freshSeed, makeFolder } from '../../../base/std/index.ts';

/** Replaces the file's text, or makes it, readable by its owner alone. */
export function writePrivately(path: string, text: string): void {
  makeFolder(dirname(path));
  const draft = `${path}.${freshSeed()}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
