// Makes a folder with all that it stands in. Node's recursive mkdir never returns below a folder like /proc, which
// exists and lets nobody make anything (ENOENT from every try, seen on Node 24.21).
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Private to this user by default. Does nothing when it is there; throws the system's error when it cannot be made. */
export function makeFolder(path: string, { mode = 0o700 }: { readonly mode?: number } = {}): void {
  const missing: string[] = [];
  for (let at = resolve(path); !statSync(at, { throwIfNoEntry: false }); at = dirname(at))
    missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Another process has made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
