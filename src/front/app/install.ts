// Who this install is: a name and a secret that sign the labels of its instances. Like the key pair that enters them it is a
// file of its own, since both must outlive a lost store: with them everything that is ours is found again.
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { freshSeed, makeFolder, type Random, Secret } from '../../base/std/index.ts';
import type { Install } from '../../rent/rental/index.ts';

/** What a damaged file of ours says; nothing is made anew in its place, or everything rented would become foreign. */
export class InstallFileError extends Error {
  override name = 'InstallFileError';
}

/** Reads the install's name and secret, or makes them; of two processes that make them at once, one wins. */
export function openInstall(home: string, random: Random): Install {
  const path = join(home, 'install.json');
  const text = readOrMake(path, () => {
    const dice = random.fork('install');
    const id = Array.from({ length: 8 }, () => dice.int(0, 35).toString(36)).join('');
    return `${JSON.stringify({ id, secret: freshSeed() + freshSeed() + freshSeed() })}\n`;
  });
  try {
    const { id, secret } = JSON.parse(text) as { id?: unknown; secret?: unknown };
    if (
      typeof id === 'string' &&
      /^[0-9a-z]{8}$/.test(id) &&
      typeof secret === 'string' &&
      secret.length >= 32
    )
      return { id, secret: new Secret(secret) };
  } catch {
    // Said below, for both.
  }
  throw new InstallFileError(
    `${path} does not hold the name and secret of this install; bring it back from a backup, since without it nothing that it rented can be told from the instances of others`,
  );
}

/** Of two processes that make it at once, one wins. */
export function readOrMake(path: string, make: () => string): string {
  for (;;) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    makeFolder(join(path, '..'));
    // Written whole under another name first: a crash leaves all of it or nothing.
    const draft = `${path}.${freshSeed()}`;
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, make());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
  }
}
