// The commands, their flags and their help. Each command's code is loaded only when it runs, so that help and
// completion stay quick.
import { Command } from 'commander';
import type { MakeContext } from './context.ts';
import { addHabits } from './habit-commands.ts';
import { addJobs } from './job-commands.ts';
import { addMonitor } from './monitor-commands.ts';
import type { Terminal } from './process.ts';
import { addRentInstances } from './rent-commands.ts';
import { addRent, addRentMoney } from './rent-money-commands.ts';
import { addRunning } from './running-commands.ts';
import { addRuns } from './runs-commands.ts';
import { VERSION } from './version.ts';
import { addWatch } from './watch-commands.ts';

export interface ProgramHooks {
  readonly makeContext: MakeContext;
  /** Takes what the parser says of mistakes. */
  readonly writeErr: (text: string) => void;
}

/** Lines longer than this are hard to read, however wide the window is. */
const WIDEST_HELP = 110;

export function buildProgram(
  terminal: Pick<Terminal, 'out' | 'columns'>,
  { makeContext, writeErr }: ProgramHooks,
): Command {
  const program = new Command('vastdeck')
    .description('Watch the Vast.ai GPU market, rent on it, host on it.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureOutput({ writeOut: terminal.out, writeErr })
    .configureHelp({ helpWidth: Math.min(terminal.columns, WIDEST_HELP), sortSubcommands: false })
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      '\nFirst steps: "vastdeck up" shows a market; "vastdeck COMMAND --help" tells all about one.',
    );
  addWatch(program, makeContext);
  addRent(program, makeContext);
  addRentInstances(program, makeContext);
  addJobs(program, makeContext);
  addRuns(program, makeContext);
  addMonitor(program, makeContext);
  addRentMoney(program, makeContext);
  addRunning(program, makeContext);
  addHabits(program, makeContext);
  return program;
}
