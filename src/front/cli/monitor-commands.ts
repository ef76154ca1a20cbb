// The command that shows runs while they go.
import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples } from './shared-options.ts';

export function addMonitor(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Rent:');
  withExamples(program.command('top'), [
    'vastdeck top',
    'vastdeck top --sim',
    'vastdeck top --instances 20000001,box-1 --interval 5',
    'vastdeck top --once --json',
  ])
    .description('Watch every run on one screen: logs, charts, health, cost and the time left')
    .option('--instances <names>', 'only these: ids, names, labels or jobs, with commas between')
    .option('--all', 'every instance of the account, which is the default')
    .option('--group <name>', 'the runs of a group')
    .option('--interval <seconds>', 'between two looks at what is on the screen (default 10)')
    .option('--log <glob>', 'where the log of every run is on its machine')
    .option('--no-ssh', 'ask the service alone, and enter no machine')
    .option('--read-only', 'nothing can be done to runs from the screen')
    .option('--sim', 'sample runs: no key, no network, no cost')
    .option('--mock', 'the same as --sim')
    .option('--once', 'print the table once, and end')
    .option('--json', 'with --once: all that is known, as JSON')
    .option('--plain', 'sentences in place of a screen, for screen readers and pipes')
    .option('--ascii', 'letters in place of signs, for terminals without Unicode')
    .option('--zone <name>', 'of the times on the screen, for example Europe/Berlin; default this computer’s')
    .option('--log-file <file>', 'what goes wrong on the way is written here')
    .action(async (flags: Flags) => {
      const { top } = await import('./commands/top.ts');
      await top(makeContext(), flags);
    });
}
