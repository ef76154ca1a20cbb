// What fingers that know the official CLI type.
import { type Command, Option } from 'commander';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withOutput } from './shared-options.ts';

export function addHabits(program: Command, makeContext: MakeContext): void {
  withOutput(program.command('search', { hidden: true }))
    .description('As the official CLI has it; "vastdeck offers" is the same')
    .argument('<what>', 'offers')
    .argument('[query...]', 'as for vastdeck offers')
    .option('-o, --order <field>', 'sort by this field; a trailing - sorts down', 'dph')
    .option('--limit <n>', 'at most so many rows', '20')
    .option('-t, --type <type>', 'on-demand, interruptible or reserved', 'on-demand')
    .option('-d, --on-demand', 'as --type on-demand')
    .option('-b, --bid', 'as --type interruptible')
    .option('-i, --interruptible', 'as --type interruptible')
    .option('-r, --reserved', 'as --type reserved')
    .option('-n, --no-default', 'also unverified, external and unrentable offers')
    .option('--storage <gb>', 'disk to include in the price', '8')
    .option('--raw', 'as --json')
    .addOption(new Option('--disable-bundling', 'always so').hideHelp())
    .addOption(new Option('--new', 'makes no difference').hideHelp())
    .action(async (what: string, query: string[], flags: Flags) => {
      const { searchByHabit } = await import('./commands/offers.ts');
      await searchByHabit(makeContext(), what, query.join(' '), flags);
    });
}
