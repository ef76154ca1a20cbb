// One command from its words to its end: parses the command line, runs the command, turns its failure into a
// sentence on stderr and an exit code.
import { type Command, CommanderError } from 'commander';
import { printable } from '../../base/std/index.ts';
import { createContext } from './context.ts';
import { EXIT_CODES } from './errors.ts';
import { describeFailure } from './failure.ts';
import type { Terminal } from './process.ts';
import { buildProgram } from './program.ts';
import { usageSentence } from './usage-sentence.ts';

/** Returns the exit code. */
export async function run(terminal: Terminal): Promise<number> {
  let code: number = EXIT_CODES.ok;
  // What Commander says of mistakes is held back: ours is a sentence, and a bare group gets its help on stdout.
  let said = '';
  const program = buildProgram(terminal, {
    makeContext: () =>
      createContext(terminal, (ending) => {
        code = ending;
      }),
    writeErr: (text) => {
      said += text;
    },
  });
  const args = withHelpAsFlag(program, terminal.args);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(terminal, error);
    if (error.exitCode === 0) return EXIT_CODES.ok;
    // A group without a command, for example `vastdeck market`: its help is the answer.
    if (error.code === 'commander.help') {
      terminal.out(said);
      return EXIT_CODES.ok;
    }
    terminal.err(`${usageSentence(error.message, wordsOf(program, args))}\n`);
    return EXIT_CODES.usage;
  }
}

/** `vastdeck`, `vastdeck help market report` and `vastdeck market help report` ask for a help as well. */
function withHelpAsFlag(program: Command, args: readonly string[]): string[] {
  const [first = 'help', second] = args;
  if (first === 'help') return askingHelp(program, args.slice(1));
  const isGroup = (findCommand(program, first)?.commands.length ?? 0) > 0;
  return isGroup && second === 'help' ? askingHelp(program, [first, ...args.slice(2)]) : [...args];
}

/** Of words that name no command Commander would print the help of what stands above: a mistake stays one. */
function askingHelp(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words) {
    if (command.commands.length === 0) break;
    const next = findCommand(command, word);
    if (!next) return [...words];
    command = next;
  }
  return [...words, '--help'];
}

function findCommand(command: Command, word: string): Command | undefined {
  return command.commands.find((known) => known.name() === word);
}

function fail(terminal: Terminal, error: unknown): number {
  const { sentence, code } = describeFailure(error);
  // What the service answered may stand in it.
  if (sentence) terminal.err(`${sentence.split('\n').map(printable).join('\n')}\n`);
  if (terminal.env.LOG_LEVEL === 'debug' && error instanceof Error) terminal.err(`${error.stack}\n`);
  return code;
}

/** `vastdeck market report`: as far as the words name commands. */
function wordsOf(program: Command, args: readonly string[]): string {
  const words = [program.name()];
  let command = program;
  for (const word of args) {
    const next = findCommand(command, word);
    if (!next) break;
    words.push(word);
    command = next;
  }
  return words.join(' ');
}
