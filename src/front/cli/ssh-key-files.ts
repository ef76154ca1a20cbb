// The files of this install's SSH key, and the next one while it is brought to the machines.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Secret } from '../../base/std/index.ts';
import {
  fingerprintOfPublicKey,
  generateKeyPair,
  type KeyPair,
  readPrivateKey,
} from '../../net/ssh/index.ts';
import { UsageError } from './errors.ts';
import type { Terminal } from './process.ts';

/** The key that comes next: made once, so that a rotation that was killed goes on with it. */
export function nextKey(home: string): KeyPair {
  const path = join(home, 'ssh_key.next');
  if (existsSync(path)) return readPrivateKey(new Secret(readFileSync(path, 'utf8')));
  const pair = generateKeyPair({ comment: 'vastdeck' });
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, pair.privateKey.reveal());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  return pair;
}

/** The next key becomes the key; the old one is kept beside it, for machines that were away. */
export function putInPlace(home: string): void {
  renameSync(join(home, 'ssh_key'), join(home, 'ssh_key.old'));
  renameSync(join(home, 'ssh_key.next'), join(home, 'ssh_key'));
}

/** One line of a `.pub` file. Throws a UsageError; a private key is refused without a word of it. */
export function readPublicKey(path: string, { cwd }: Pick<Terminal, 'cwd'>): string {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, path), 'utf8').trim();
  } catch (error) {
    throw new UsageError(
      `--key ${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name the .pub file of a key`,
    );
  }
  if (/PRIVATE KEY/.test(text))
    throw new UsageError(`--key ${path} is a private key, which must stay where it is; name its .pub file`);
  try {
    fingerprintOfPublicKey(text);
  } catch {
    throw new UsageError(
      `--key ${path} is not a public SSH key; name a .pub file, like ~/.ssh/id_ed25519.pub`,
    );
  }
  return text;
}

/** What others have put on the account may be no key at all. */
export function fingerprintOf(publicKey: string): string {
  try {
    return fingerprintOfPublicKey(publicKey);
  } catch {
    return 'unreadable';
  }
}
