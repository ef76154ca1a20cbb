// `vastdeck login`: takes a key, tries it, keeps it in a file that only this user can read.
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { isCancel, password } from '@clack/prompts';
import { Secret } from '../../../base/std/index.ts';
import { personSession } from '../client.ts';
import { ownKeyFile } from '../config.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';

export async function login(context: Context, flags: Flags): Promise<void> {
  const key = await askForKey(context, flags.keyStdin === true);
  await using session = await personSession(context, { apiKey: key });
  const user = await session.client.users.current({
    signal: context.terminal.interrupted,
  });
  const path = ownKeyFile(context.config.home.value);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Written beside and renamed: a key file is whole or absent, and never readable by others, not even briefly.
  const temporary = `${path}.${context.terminal.pid}`;
  writeFileSync(temporary, `${key.reveal()}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
  context.terminal.err(
    `The key of ${user.email ?? user.username ?? `user ${user.id}`} works and is kept in ${path}.\n`,
  );
  if (context.config.apiKey.value && context.config.apiKey.source !== path) {
    context.terminal.err(`${context.config.apiKey.source} is set as well and goes first.\n`);
  }
}

async function askForKey({ terminal }: Context, fromStdin: boolean): Promise<Secret> {
  if (fromStdin) return checked(await text(terminal.stdin));
  if (!terminal.inIsTerminal) {
    throw new UsageError(
      'There is no terminal to ask on; pipe the key in: vastdeck login --key-stdin < keyfile',
    );
  }
  const answer = await password({ message: 'Vast.ai API key (from https://cloud.vast.ai/manage-keys/)' });
  if (isCancel(answer)) throw new UsageError('No key was given; nothing was changed.');
  return checked(answer);
}

function checked(answer: string): Secret {
  const key = answer.trim();
  if (/^[\x21-\x7e]{8,}$/.test(key)) return new Secret(key);
  throw new UsageError('That is not an API key: one word of at least 8 letters and digits is expected.');
}
