// Asking before something spends or destroys: what will be done is said with its price, and a person says yes.
import type { Command } from 'commander';
import { printable } from '../../base/std/index.ts';
import type { Context } from './context.ts';
import { EXIT_CODES, UsageError } from './errors.ts';
import type { Flags } from './flags.ts';
import { Interrupted } from './process.ts';

export interface Plan {
  /** A sentence: what will be done, to what, and what it costs. */
  readonly plan: string;
  /** Has to be typed in place of a yes: for what cannot be taken back and is nobody's but the person's own. */
  readonly typed?: string;
}

export function withConsent(command: Command): Command {
  return command
    .option('-y, --yes', 'do it without asking')
    .option('--dry-run', 'say what would be done, and do nothing');
}

/**
 * Whether to go on. False after `--dry-run`, and, with exit code 1, after a no. Throws a UsageError where nobody can be
 * asked, and Interrupted.
 */
export async function askConsent(context: Context, flags: Flags, { plan, typed }: Plan): Promise<boolean> {
  const { terminal } = context;
  const said = plan.split('\n').map(printable).join('\n');
  if (flags.dryRun === true) {
    terminal.err(`${said}\nNothing was done: this is a dry run.\n`);
    return false;
  }
  if (flags.yes === true) {
    terminal.err(`${said}\n`);
    return true;
  }
  if (!terminal.inIsTerminal) {
    throw new UsageError(
      `${said} There is no terminal to ask on: add --yes to do it, or --dry-run to see more.`,
    );
  }
  const question = typed === undefined ? `${said}\nGo on? [y/N] ` : `${said}\nType ${typed} to go on: `;
  const given = await askLine(context, question);
  if (given === NOBODY) terminal.err('\n');
  const answer = given.trim();
  const isYes = typed === undefined ? /^y(es)?$/i.test(answer) : answer === typed;
  if (isYes) return true;
  terminal.err('Nothing was done.\n');
  context.endWith(EXIT_CODES.failed);
  return false;
}

/** The end of the input in place of an answer. */
const NOBODY = '\u0004';

/**
 * The line that is typed; only a control character at the end of the input, and when the signal ends the question. Throws
 * Interrupted at Ctrl-C.
 */
export async function askLine(
  { terminal }: Pick<Context, 'terminal'>,
  question: string,
  signal?: AbortSignal,
): Promise<string> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr });
  const close = () => lines.close();
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => {
        terminal.err('\n');
        reject(new Interrupted('SIGINT'));
      });
      lines.once('close', () => resolve(NOBODY));
      // A terminal that has gone away: nobody is left to answer.
      lines.once('error', close);
      signal?.addEventListener('abort', close, { once: true });
      lines.question(question, resolve);
      if (signal?.aborted) close();
    });
  } finally {
    signal?.removeEventListener('abort', close);
    close();
  }
}
