// The commands of the rent group that are about one instance, ours or not: see it, enter it, change it, end it.
import type { Command } from 'commander';
import { withConsent } from './consent.ts';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput } from './shared-options.ts';

export function addRentInstances(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Rent:');
  addPs(program, makeContext);
  addEntering(program, makeContext);
  addCopy(program, makeContext);
  addStates(program, makeContext);
  addNames(program, makeContext);
  addEnds(program, makeContext);
}

const NAME = 'its name, its id, or the beginning of one';

function addPs(program: Command, makeContext: MakeContext): void {
  withExamples(withOutput(program.command('ps')), ['vastdeck ps', 'vastdeck ps --refresh --json'])
    .description('Every instance of the account, what it costs now, and what to think of it')
    .option('--refresh', 'list the account first, and end what is due')
    .option(
      '--no-refresh',
      'from the store alone; without it a view older than a minute is renewed, if that is quick',
    )
    .action(async (flags: Flags) => {
      const { ps } = await import('./commands/ps.ts');
      await ps(makeContext(), flags);
    });
}

function addEntering(program: Command, makeContext: MakeContext): void {
  withExamples(withConsent(program.command('ssh')), [
    'vastdeck ssh box-1',
    'vastdeck ssh box-1 -- nvidia-smi',
    'vastdeck ssh box-1 --print',
  ])
    .description('Enter an instance with OpenSSH, by its own port or the proxy')
    .argument('<name>', NAME)
    .argument('[command...]', 'after --, to run in place of a shell')
    .option('--print', 'print the command line of ssh, and do not run it')
    .action(async (name: string, words: string[], flags: Flags) => {
      const { ssh } = await import('./commands/ssh.ts');
      await ssh(makeContext(), name, words, flags);
    });
  withExamples(withConsent(program.command('exec')), [
    'vastdeck exec box-1 -- python3 train.py --epochs 3',
    "vastdeck exec box-1 -- 'cd /workspace && ls | wc -l'",
    'vastdeck exec box-1 -- tar xz -C /workspace < data.tar.gz',
  ])
    .description(
      'Run one command on an instance, with its input, output and exit code; its errors come at its end',
    )
    .argument('<name>', NAME)
    .argument(
      '[command...]',
      'after --: one word is a line of shell, several are a program and its arguments',
    )
    .action(async (name: string, words: string[], flags: Flags) => {
      const { exec } = await import('./commands/exec.ts');
      await exec(makeContext(), name, words, flags);
    });
  withExamples(withOutput(program.command('logs')), [
    'vastdeck logs box-1 --tail 200',
    'vastdeck logs box-1 -f --file /workspace/train.log',
    'vastdeck logs box-1 --daemon',
  ])
    .description("What an instance's container, or its host's daemon, has printed")
    .argument('<name>', NAME)
    .option('--tail <n>', 'last lines (default 100)')
    .option('-f, --follow', 'go on with what comes; Ctrl-C ends it')
    .option('--daemon', "the log of the host's daemon: pulls, starts, faults")
    .option('--file <path>', 'a file on the instance in place of the log, read over SSH')
    .action(async (name: string, flags: Flags) => {
      const { instanceLogs } = await import('./commands/instance-logs.ts');
      await instanceLogs(makeContext(), name, flags);
    });
}

function addCopy(program: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withConsent(program.command('cp'))), [
    'vastdeck cp data box-1:/workspace/',
    'vastdeck cp box-1:/workspace/out results',
    'vastdeck cp box-1:/workspace/out box-2:/workspace/in',
  ])
    .description('Copy files to, from or between instances')
    .argument('<source>', 'a path here, or NAME:PATH; ./a:b where a path here has a colon')
    .argument('<target>', 'the same')
    .option('--ignore', 'leave out what .gitignore and .vastdeckignore say, and .git')
    .option('--no-compress', 'not compressed, also where a sample shrinks by a tenth')
    .option('--no-spawn', 'without rsync and scp, over our own connection alone')
    .action(async (source: string, target: string, flags: Flags) => {
      const { cp } = await import('./commands/cp.ts');
      await cp(makeContext(), source, target, flags);
    });
}

function addStates(program: Command, makeContext: MakeContext): void {
  const add = (act: 'stop' | 'start' | 'reboot' | 'recycle', about: string, examples: readonly string[]) =>
    withExamples(withOutput(withConsent(program.command(act))), examples)
      .description(about)
      .argument('<names...>', 'names, ids, or the beginnings of them')
      .action(async (names: string[], flags: Flags) => {
        const { instanceState } = await import('./commands/instance-state.ts');
        await instanceState(makeContext(), act, names, flags);
      });
  add('stop', 'Stop instances; their disks stay, and cost', [
    'vastdeck stop box-1',
    'vastdeck stop box-1 box-2 --yes',
  ]);
  add('start', 'Start instances that stand still', [
    'vastdeck start box-1',
    'vastdeck start box-1 --for 2h',
  ]).option('--for <duration>', 'set money aside for so much longer, where what was prepaid has ended');
  add('reboot', 'Restart the containers of instances', ['vastdeck reboot box-1']);
  add('recycle', 'Make the containers of instances anew; their data is lost', ['vastdeck recycle box-1']);
}

function addNames(program: Command, makeContext: MakeContext): void {
  withExamples(withOutput(program.command('label')), ['vastdeck label box-1 trainer'])
    .description('Give an instance another name')
    .argument('<name>', NAME)
    .argument('<new-name>', 'what to call it from now on')
    .option('--dry-run', 'say what would be done, and do nothing')
    // The official CLI has the noun between them.
    .allowExcessArguments()
    .action(async (_name: string, _newName: string, flags: Flags, { args }: Command) => {
      const { label } = await import('./commands/label.ts');
      await label(makeContext(), args, flags);
    });
  withExamples(withOutput(withConsent(program.command('bid'))), [
    'vastdeck bid box-1 0.25',
    'vastdeck bid box-1 --win',
  ])
    .description('Change the bid for an interruptible instance')
    .argument('<name>', NAME)
    .argument('[price]', 'dollars an hour for its GPUs')
    .option('--win', 'a little more than the least that wins now')
    .action(async (name: string, price: string | undefined, flags: Flags) => {
      const { bid } = await import('./commands/bid.ts');
      await bid(makeContext(), name, price, flags);
    });
}

function addEnds(program: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withConsent(program.command('rm'))), [
    'vastdeck rm box-1',
    'vastdeck rm box-1 --now --yes',
    'vastdeck rm 20000001 --foreign',
  ])
    .description('Park an instance for ten minutes, then destroy it')
    .argument('<name>', NAME)
    .option('--now', 'destroy it at once, and wait until it is seen gone')
    .option('--foreign', 'also one that this install did not make')
    .action(async (name: string, flags: Flags) => {
      const { rm } = await import('./commands/rm.ts');
      await rm(makeContext(), name, flags);
    });
  withExamples(withOutput(withConsent(program.command('undo'))), ['vastdeck undo box-1'])
    .description('Bring back what rm has parked, or say why not')
    .argument('<name>', NAME)
    .action(async (name: string, flags: Flags) => {
      const { undo } = await import('./commands/undo.ts');
      await undo(makeContext(), name, flags);
    });
  withExamples(withOutput(withConsent(program.command('adopt'))), [
    'vastdeck adopt 20000001 --budget 5 --idle 30m --until 6h',
  ])
    .description('Take a foreign instance under care: a budget, an end, an idle rule')
    .argument('<name>', NAME)
    .requiredOption('--budget <usd>', 'most that it may cost from now on, its destroy included')
    .option('--idle <duration>', 'stops when GPUs and logins rest for so long; default never')
    .option('--until <duration>', 'how long it runs at most; default as long as the budget lasts')
    .action(async (name: string, flags: Flags) => {
      const { adopt } = await import('./commands/adopt.ts');
      await adopt(makeContext(), name, flags);
    });
}
