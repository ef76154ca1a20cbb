// The commands of the "run it" group: the whole on a screen, the simulator, keys and settings.
import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput, withStore } from './shared-options.ts';

export function addRunning(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Run it:');
  withExamples(withStore(program.command('up')), [
    'vastdeck up',
    'vastdeck up --simulate --seed 7 --backfill 12h',
  ])
    .description('Collect the market and show its occupancy; simulated without a key')
    .option('--simulate', 'the simulated market even where a key is set')
    .option('--seed <seed>', 'of the simulated market')
    .option('--offers <n>', 'size of the simulated market (default 600)')
    .option('--backfill <duration>', 'simulated time to collect before the first screen', '1d')
    .option('--interval <seconds>', 'from one poll to the next (VW_POLL_INTERVAL_SEC, default 360)')
    .option('--polls <n>', 'end after so many polls')
    .action(async (flags: Flags) => {
      const { up } = await import('./commands/up.ts');
      await up(makeContext(), flags);
    });
  withExamples(program.command('sim'), [
    'vastdeck sim --port 8080 --seed 7 --offers 2000',
    'vastdeck sim --cap 64,128 --fault server-error=0.05 hang=0.01',
    'vastdeck sim --replay recorded.json.gz',
  ])
    .description('Serve a simulated Vast.ai API on loopback')
    .option('--port <n>', '0 takes a free one', '0')
    .option('--seed <seed>', 'the same seed is the same market')
    .option('--offers <n>', 'size of the market', '10000')
    .option('--cap <n>', 'most rows of one answer; a list takes one a day in turn')
    .option('--searches-per-minute <n>', 'the search limit; 0 switches it off', '10')
    .option('--fault <name=probability...>', 'for example --fault server-error=0.05')
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
}
