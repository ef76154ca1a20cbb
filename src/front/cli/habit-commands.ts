// What fingers that know the official CLI type.
import { type Command, Option } from 'commander';
import { withConsent } from './consent.ts';
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
  addInstanceHabits(program, makeContext);
}

function addInstanceHabits(program: Command, makeContext: MakeContext): void {
  withOutput(program.command('show', { hidden: true }))
    .description('As the official CLI has it; "vastdeck ps" is the same')
    .argument('<what>', 'instances, or instance')
    .argument('[id]', 'of the instance')
    .option('--raw', 'as --json')
    .action(async (what: string, id: string | undefined, flags: Flags) => {
      const { showByHabit } = await import('./commands/habits.ts');
      await showByHabit(makeContext(), what, id, flags);
    });
  withOutput(withConsent(program.command('destroy', { hidden: true })))
    .description('As the official CLI has it; "vastdeck rm NAME --now" is the same')
    .argument('<words...>', 'instance, and its id')
    .option('--foreign', 'also one that this install did not make')
    .option('--raw', 'as --json')
    .action(async (words: string[], flags: Flags) => {
      const { destroyByHabit } = await import('./commands/habits.ts');
      await destroyByHabit(makeContext(), words, flags);
    });
  program
    .command('ssh-url', { hidden: true })
    .description('As the official CLI has it; "vastdeck ssh NAME" enters it')
    .argument('<id>', 'of the instance')
    .action(async (id: string, flags: Flags) => {
      const { sshUrlByHabit } = await import('./commands/habits.ts');
      await sshUrlByHabit(makeContext(), id, flags);
    });
  withConsent(program.command('execute', { hidden: true }))
    .description('As the official CLI has it; "vastdeck exec NAME -- COMMAND" is the same')
    .argument('<id>', 'of the instance')
    .argument('<command...>', 'a line of shell; of one that stands still ls, rm or du')
    .action(async (id: string, words: string[], flags: Flags) => {
      const { executeByHabit } = await import('./commands/habits.ts');
      await executeByHabit(makeContext(), id, words, flags);
    });
}
