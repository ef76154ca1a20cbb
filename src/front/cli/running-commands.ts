// The commands of the "run it" group: the whole on a screen, the simulator, keys and settings.
import type { Command } from 'commander';
import { withConsent } from './consent.ts';
import type { MakeContext } from './context.ts';
import { addDaemon } from './daemon-commands.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput, withStore } from './shared-options.ts';

export function addRunning(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Run it:');
  withExamples(withConsent(withStore(program.command('up'))), [
    'vastdeck up',
    'vastdeck up -d --only rentals,jobs,notify',
    'vastdeck up --simulate --seed 7 --backfill 12h',
  ])
    .description('Run everything: collect, keep rentals, drive jobs, alert; a simulated market without a key')
    .option('-d, --detach', 'run behind, and come back when it answers')
    .option('--only <parts>', 'some of collector, jobs, monitor, rentals, housekeeping, notify, heartbeat')
    .option('--port <n>', 'of its HTTP interface; default a free one')
    .option('--listen <address>', 'where it is asked from; default 127.0.0.1, this computer alone')
    .option('--host-name <names>', 'further names by which it is reached there')
    .option('--interval <seconds>', 'from one poll to the next (VW_POLL_INTERVAL_SEC, default 360)')
    .option('--polls <n>', 'end after so many polls')
    .option('--simulate', 'the simulated market even where a key is set')
    .option('--seed <seed>', 'of the simulated market')
    .option('--offers <n>', 'size of the simulated market (default 600)')
    .option('--backfill <duration>', 'simulated time to collect before the first screen (default 1d)')
    .action(async (flags: Flags) => {
      const { up } = await import('./commands/up.ts');
      await up(makeContext(), flags);
    });
  addDaemon(program, makeContext);
  withExamples(program.command('sim'), [
    'vastdeck sim --seed 7 --hosts 400 --speed 60',
    'vastdeck sim --faults server-error=0.05,outbid-wave=0.2 --state sim-state',
    'vastdeck sim --scenario examples/sim/a-bad-night.yaml',
    'vastdeck sim --replay recorded.json.gz',
  ])
    .description('Serve a simulated Vast.ai on loopback, with instances that SSH enters')
    .option('--port <n>', '0 takes a free one', '0')
    .option('--host <address>', 'where to listen (default 127.0.0.1)')
    .option('--i-understand', 'allow an address that others reach, who may then run commands here')
    .option('--seed <seed>', 'the same seed is the same market')
    .option('--offers <n>', 'size of the market (default 10000)')
    .option('--hosts <n>', 'size of the market by its hosts')
    .option('--speed <x>', 'simulated seconds in a second (default 1)')
    .option('--scenario <file>', 'what the market is and what goes wrong when; flags go before it')
    .option('--faults <name=probability,...>', 'for example --faults server-error=0.05,slow=0.1')
    .option('--fault <name=probability...>', 'the same, one after another')
    .option('--state <dir>', 'keep truth.jsonl and the machines here, not in a temporary folder')
    .option('--no-machines', 'instances have no inside: their states go by the clock alone')
    .option('--ssh-password <password>', 'lets root log in with it; without it only keys do')
    .option('--account <kind>', 'whose key it prints: renter, host, host-without-machines')
    .option('--credit <usd>', 'what that account starts with (default 100)')
    .option('--cap <n>', 'most rows of one answer; a list takes one a day in turn')
    .option('--searches-per-minute <n>', 'the search limit (default 10); 0 switches it off')
    .option('--replay <path>', 'serve recorded answers: JSON, .json.gz, JSONL, or a folder of them')
    .action(async (flags: Flags) => {
      const { sim } = await import('./commands/sim.ts');
      await sim(makeContext(), flags);
    });
  withOutput(program.command('doctor'))
    .description('Check Node, folders, key, network and store, and say what to do')
    .action(async (flags: Flags) => {
      const { doctor } = await import('./commands/doctor.ts');
      await doctor(makeContext(), flags);
    });
  withExamples(withOutput(program.command('login')), [
    'vastdeck login',
    'vastdeck login --key-stdin < keyfile',
  ])
    .description('Store an API key after trying it')
    .option('--key-stdin', 'read the key from standard input')
    .action(async (flags: Flags) => {
      const { login } = await import('./commands/login.ts');
      await login(makeContext(), flags);
    });
  const config = program
    .command('config')
    .helpCommand(false)
    .description('Settings and where they come from');
  withOutput(config.command('show'))
    .description('Every setting, its value and its source')
    .action(async (flags: Flags) => {
      const { configShow } = await import('./commands/config-show.ts');
      configShow(makeContext(), flags);
    });
  addSafety(program, makeContext);
  addNotify(program, makeContext);
}

function addSafety(program: Command, makeContext: MakeContext): void {
  withExamples(program.command('halt'), ['vastdeck halt "the bill looks wrong"'])
    .description('Forbid all spending until "resume"; needs neither network nor key')
    .argument('<reason...>', 'for whoever finds it halted')
    .action(async (reason: string[]) => {
      const { halt } = await import('./commands/halt.ts');
      await halt(makeContext(), reason.join(' '));
    });
  program
    .command('resume')
    .description('Allow spending again')
    .action(async () => {
      const { resume } = await import('./commands/halt.ts');
      await resume(makeContext());
    });
  withExamples(withOutput(program.command('why')), ['vastdeck why lab', 'vastdeck why 20000001 --json'])
    .description('Every decision about a machine, with its figures, and what others did to it')
    .argument('<id>', 'name, instance, rental or label')
    .option('--offline', 'from the store alone')
    .action(async (id: string, flags: Flags) => {
      const { why } = await import('./commands/why.ts');
      await why(makeContext(), id, flags);
    });
  withOutput(program.command('gc'))
    .description('What is left behind: orphans, what cannot be destroyed, what stands still and costs')
    .option('--apply', 'destroy what two looks show to be an orphan of ours; default only tell')
    .action(async (flags: Flags) => {
      const { gc } = await import('./commands/gc.ts');
      await gc(makeContext(), flags);
    });
  withOutput(program.command('recover'))
    .description('Find our machines again after a lost store')
    .option('--apply', 'put them under care; default only tell')
    .action(async (flags: Flags) => {
      const { recover } = await import('./commands/recover.ts');
      await recover(makeContext(), flags);
    });
}

function addNotify(program: Command, makeContext: MakeContext): void {
  const notify = program
    .command('notify')
    .helpCommand(false)
    .description('Whether alerts reach their people');
  withOutput(notify.command('status'))
    .alias('list')
    .description('Every channel, its health and what waits for it')
    .action(async (flags: Flags) => {
      const { notifyStatus } = await import('./commands/notify.ts');
      await notifyStatus(makeContext(), flags);
    });
  withOutput(notify.command('test'))
    .description('Send a test message now')
    .argument('[channel]', 'default all')
    .action(async (channel: string | undefined, flags: Flags) => {
      const { notifyTest } = await import('./commands/notify.ts');
      await notifyTest(makeContext(), channel, flags);
    });
}
