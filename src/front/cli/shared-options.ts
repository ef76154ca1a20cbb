// Flags that many commands have, so that one name always means one thing.
import { type Command, Option } from 'commander';
import { FORMATS } from './output/table.ts';

/** For everything that answers with rows. */
export function withOutput(command: Command): Command {
  return command
    .option('--json', 'one JSON array of rows on standard output')
    .addOption(new Option('--format <format>', 'table on a terminal, else tsv').choices([...FORMATS]));
}

export function withStore(command: Command): Command {
  return command.option('--store <folder>', 'the market store (VW_DB)');
}

/** Shown after the flags; each line is a command line that works. */
export function withExamples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
