// The commands about training runs: what is kept of them, and what a log at hand tells.
import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput } from './shared-options.ts';

export function addRuns(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Rent:');
  const runs = program
    .command('runs')
    .helpCommand(false)
    .description('Training runs: figures, steps and cost');
  withExamples(withOutput(runs.command('list')), [
    'vastdeck runs list',
    'vastdeck runs list --since 7d --json',
  ])
    .description('Every run that there are figures of, the newest first')
    .option('--since <time>', 'that had figures since then', '90d')
    .option('--limit <n>', 'at most so many')
    .action(async (flags: Flags) => {
      const { runsList } = await import('./commands/runs-list.ts');
      await runsList(makeContext(), flags);
    });
  withExamples(withOutput(runs.command('show')), ['vastdeck runs show tiny-train'])
    .description('One run: its steps, its cost, and each figure with its last and best value')
    .argument('<run>', 'a run, a job by name or id, or an instance')
    .action(async (run: string, flags: Flags) => {
      const { runsShow } = await import('./commands/runs-show.ts');
      await runsShow(makeContext(), run, flags);
    });
  withExamples(withOutput(runs.command('compare')), ['vastdeck runs compare lr-1 lr-2'])
    .description('Two runs side by side: configuration, figures, step times, cost, difference')
    .argument('<a>', 'as of "runs show"')
    .argument('<b>', 'as of "runs show"')
    .option('--all', 'show too what both were told alike')
    .action(async (a: string, b: string, flags: Flags) => {
      const { runsCompare } = await import('./commands/runs-compare.ts');
      await runsCompare(makeContext(), [a, b], flags);
    });
  withExamples(runs.command('export'), [
    'vastdeck runs export tiny-train --csv > tiny.csv',
    'vastdeck runs export tiny-train --parquet --out tiny.parquet',
  ])
    .description('Every value that is kept of a run')
    .argument('<run>', 'as of "runs show"')
    .option('--csv', 'a header and a line a value')
    .option('--json', 'one JSON array')
    .option('--parquet', 'one Parquet file; needs --out')
    .option('--out <file>', 'the file to write; default standard output')
    .option('--overwrite', 'replace an existing file')
    .action(async (run: string, flags: Flags) => {
      const { runsExport } = await import('./commands/runs-export.ts');
      await runsExport(makeContext(), run, flags);
    });
  withExamples(withOutput(runs.command('parse')), [
    'vastdeck runs parse train.log --json',
    'ssh box cat train.log | vastdeck runs parse -',
  ])
    .description('Where the training in a log stands: format, step, loss, time left; keeps nothing')
    .argument('<file...>', 'logs; - is standard input')
    .action(async (files: string[], flags: Flags) => {
      const { runsParse } = await import('./commands/runs-parse.ts');
      await runsParse(makeContext(), files, flags);
    });
}
