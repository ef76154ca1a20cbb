// Who may ask the daemon: two tokens in files that their owner alone may read. One does everything, the other reads. They
// stay the same over restarts, so that a Prometheus or a second computer need not be told anew.
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshSeed, Secret } from '../../../base/std/index.ts';
import { writePrivately } from './private-file.ts';

export interface DaemonTokens {
  readonly full: Secret;
  readonly read: Secret;
}

export function tokenFilesOf(home: string): { readonly tokenFile: string; readonly readTokenFile: string } {
  return { tokenFile: join(home, 'daemon.token'), readTokenFile: join(home, 'daemon-read.token') };
}

/** To be called with the daemon's lock held: reads the tokens, or makes them. */
export function openDaemonTokens(home: string): DaemonTokens {
  const { tokenFile, readTokenFile } = tokenFilesOf(home);
  return { full: readOrMake(tokenFile), read: readOrMake(readTokenFile) };
}

/** Undefined where there is none, or it may not be read. */
export function readToken(path: string): Secret | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text.length >= LEAST_LENGTH ? new Secret(text) : undefined;
  } catch {
    return undefined;
  }
}

/** 144 bits as `freshSeed` writes them; a file that was cut short holds none. */
const LEAST_LENGTH = 36;

function readOrMake(path: string): Secret {
  const found = readToken(path);
  if (found) {
    // Whoever copied it here may have left it open to everybody.
    chmodSync(path, 0o600);
    return found;
  }
  const token = freshSeed() + freshSeed() + freshSeed();
  writePrivately(path, `${token}\n`);
  return new Secret(token);
}
