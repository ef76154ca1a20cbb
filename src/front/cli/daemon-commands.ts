// The commands of the daemon beside `up`: how it is, and its end.
import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withOutput } from './shared-options.ts';

export function addDaemon(program: Command, makeContext: MakeContext): void {
  program
    .command('down')
    .description('Stop the daemon, and never a machine')
    .action(async () => {
      const { down } = await import('./commands/down.ts');
      await down(makeContext());
    });
  withOutput(program.command('status'))
    .description('Every part of the daemon, how it is and since when')
    .action(async (flags: Flags) => {
      const { status } = await import('./commands/status.ts');
      await status(makeContext(), flags);
    });
}
