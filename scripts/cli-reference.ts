// The reference of the command line, made from the program itself.
import type { Argument, Command, Option } from 'commander';
import { EXIT_CODES } from '../src/front/cli/errors.ts';
import { buildProgram } from '../src/front/cli/program.ts';
import { SETTINGS } from '../src/front/cli/settings.ts';

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  ok: 'done',
  failed: 'failed: the store, the disk, a file',
  usage: 'the command line or a setting is wrong',
  denied: 'denied by a budget, a limit, a halt, or for want of credit',
  notFound: 'what was named does not exist',
  api: 'the API cannot be reached, or refuses the key',
  noCapacity: 'nothing to rent that meets what was asked',
  interrupted: 'interrupted before it was done',
};

/** The whole page in Markdown. */
export function cliReference(): string {
  const program = buildProgram(
    { out: () => {}, columns: 100 },
    { writeErr: () => {}, makeContext: neverRun },
  );
  const commands = program.commands.flatMap(commandsOf);
  return [
    '# Command line',
    'Made from the program by `node scripts/write-cli-reference.ts`; a test holds the two together.',
    '`vastdeck COMMAND [flags]`, or `vd` for short. Data goes to standard output, all else to standard error. Tables on a terminal become TSV in a pipe; `--json` prints one JSON array of objects with snake_case keys, in which times are UTC in ISO 8601 and columns only ever grow. `vastdeck help COMMAND` prints what stands here.',
    ...commands.filter((command) => !isHidden(program, command)).map(section),
    section(program.commands.find((command) => command.name() === 'search') as Command),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.entries(EXIT_CODES).map(([name, code]) => [
        String(code),
        EXIT_MEANINGS[name as keyof typeof EXIT_CODES],
      ]),
    ),
    '## Environment',
    'Read from the environment, then from `.env` in the current folder. All faults are reported together.',
    table(
      ['name', 'default', 'what it is'],
      SETTINGS.map(({ name, fallback, about }) => [`\`${name}\``, fallback, about]),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** The command itself and those below it; of a group that does nothing alone only those. */
function commandsOf(command: Command): Command[] {
  const below = command.commands.flatMap(commandsOf);
  const isGroup = below.length > 0 && command.options.length === 0;
  return isGroup ? below : [command, ...below];
}

function neverRun(): never {
  throw new Error('The reference runs no command');
}

function isHidden(program: Command, command: Command): boolean {
  return !program
    .createHelp()
    .visibleCommands(command.parent ?? program)
    .includes(command);
}

function section(command: Command): string {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const parts = [
    `## ${pathOf(command)}`,
    `${command.description()}.`,
    `\`\`\`\n${pathOf(command)} ${command.usage()}\n\`\`\``,
  ];
  const args = help.visibleArguments(command);
  if (args.length > 0) parts.push(table(['argument', 'what it is'], args.map(argumentRow)));
  if (options.length > 0) parts.push(table(['flag', 'what it does', 'default'], options.map(optionRow)));
  const examples = examplesOf(command);
  if (examples) parts.push(`\`\`\`sh\n${examples}\n\`\`\``);
  return parts.join('\n\n');
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function argumentRow(argument: Argument): string[] {
  return [`\`${argument.name()}\``, argument.description];
}

function optionRow(option: Option): string[] {
  const choices = option.argChoices ? `; one of ${option.argChoices.join(', ')}` : '';
  const fallback = typeof option.defaultValue === 'string' ? `\`${option.defaultValue}\`` : '';
  return [`\`${option.flags}\``, `${option.description}${choices}`, fallback];
}

/** What stands behind the flags in the printed help. */
function examplesOf(command: Command): string | undefined {
  let printed = '';
  command.configureOutput({
    writeOut: (text) => {
      printed += text;
    },
  });
  command.outputHelp();
  return /\nExamples:\n([\s\S]*?)\n*$/.exec(printed)?.[1]?.replaceAll(/^ {2}/gm, '');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
