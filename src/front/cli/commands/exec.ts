// `vastdeck exec`: one command on an instance, with its input, output and exit code; needs no OpenSSH here.
import { once } from 'node:events';
import { quoteWord } from '../../../net/ssh/index.ts';
import type { Context } from '../context.ts';
import { enter } from '../entered-instance.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance } from '../one-instance.ts';

/** As shells have it for a command that a signal has ended, of those that are met. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { HUP: 1, INT: 2, KILL: 9, PIPE: 13, TERM: 15 };

export async function exec(
  context: Context,
  name: string,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const { terminal } = context;
  const command = commandLine(words);
  if (command === '') {
    throw new UsageError(`What is to be run is missing: write it like vastdeck exec ${name} -- nvidia-smi`);
  }
  await using renting = await openInstanceSession(context);
  const found = await findInstance(renting, name, terminal.interrupted);
  const entered = await enter(context, renting, found, flags);
  if (!entered) return;
  await using shell = entered.shell;
  const stream = shell.stream(command, {
    // Words of a person, who knows the shell over there.
    byLoginShell: true,
    signal: terminal.interrupted,
    ...(!terminal.inIsTerminal && { stdin: inputOf(terminal.stdin) }),
  });
  for await (const bytes of stream) {
    if (!terminal.stdout.write(bytes)) await once(terminal.stdout, 'drain');
  }
  const { code, signal, stderr } = await stream.ended;
  terminal.err(stderr);
  const byName = signal === null ? undefined : SIGNAL_NUMBERS[signal.replace(/^SIG/, '')];
  context.endWith(code ?? (byName === undefined ? EXIT_CODES.failed : 128 + byName));
}

/** One word is a line for the shell over there; several are a program and its arguments, as they were typed here. */
export function commandLine(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : words.map(quoteWord).join(' ');
}

async function* inputOf(stdin: NodeJS.ReadableStream): AsyncGenerator<Uint8Array, void> {
  for await (const piece of stdin) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}
