// `vastdeck login`: takes a key, tries it, keeps it in a file that only this user can read.
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { isCancel, password } from '@clack/prompts';
import { makeFolder, printable, Secret } from '../../../base/std/index.ts';
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
  makeFolder(dirname(path));
  // Written beside and renamed: a key file is whole or absent, and never readable by others, not even briefly.
  const temporary = `${path}.${context.terminal.pid}`;
  try {
    writeFileSync(temporary, `${key.reveal()}\n`, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const account = user.email ?? user.username ?? `user ${user.id}`;
  context.terminal.err(`The key of ${printable(account)} works and is kept in ${path}.\n`);
  if (flags.json === true || flags.format !== undefined) {
    context.print([{ user: account, path }], [{ name: 'user' }, { name: 'path' }], flags);
  }
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
  const answer = await password({
    message: 'Vast.ai API key (from https://cloud.vast.ai/manage-keys/)',
    output: terminal.stderr,
  });
  if (isCancel(answer)) throw new UsageError('No key was given; nothing was changed.');
  return checked(answer);
}

function checked(answer: string): Secret {
  const key = answer.trim();
  if (/^[\x21-\x7e]{8,}$/.test(key)) return new Secret(key);
  throw new UsageError(
    'That is not an API key: one word of at least 8 letters and digits is expected, as https://cloud.vast.ai/manage-keys/ shows it.',
  );
}
