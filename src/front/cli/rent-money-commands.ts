// The commands of the rent group that are about money: renting a box, caps and costs, keys, what burns.
import type { Command } from 'commander';
import { withConsent } from './consent.ts';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput } from './shared-options.ts';

export function addRentMoney(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Rent:');
  addMoney(program, makeContext);
  addProbe(program, makeContext);
  addKey(program, makeContext);
  addBudget(program, makeContext);
}

/** First in its group: what somebody who has nothing yet looks for. */
export function addRent(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Rent:');
  withExamples(withOutput(withConsent(program.command('rent'))), [
    'vastdeck rent --gpu "RTX 4090" --for 2h --idle 30m',
    'vastdeck rent --gpu "RTX 4090,RTX 3090" --for 8h --interruptible --max-price 0.3 --name lab',
    'vastdeck rent --gpu any --vram 24GB --for 1h --traffic 50GB --dry-run',
  ])
    .description('Rent a box to work in, which ends by itself')
    .requiredOption('--gpu <names>', 'for example "RTX 4090", several with commas, or any')
    .requiredOption('--for <duration>', 'how long it is paid for, for example 2h; then it stops itself')
    .option('--idle <duration>', 'also stops itself when GPUs and logins rest for so long, for example 30m')
    .option('--name <name>', 'to call it by; default made from the GPU')
    .option('--label <label>', 'under which its money counts in caps and costs; default the name')
    .option('--count <n>', 'GPUs in the machine', '1')
    .option('--vram <size>', 'least memory of each GPU, for example 24GB')
    .option('--cuda <version>', 'least CUDA that its driver runs, for example 12.4')
    .option('--region <names>', 'for example EU or US,CA')
    .option('--reliability <share>', 'least reliability, 0 to 1')
    .option('--datacenter', 'only machines in data centres')
    .option('--unverified', 'also machines that Vast.ai has not verified')
    .option('--max-price <usd>', 'most dollars an hour, disk included')
    .option('--interruptible', 'bid for it: cheaper, and taken away when somebody bids more')
    .option('--bid <usd>', 'dollars an hour to bid; default 15 % above the lowest that wins now')
    .option('--budget <usd>', 'most that may be set aside for it, failed tries included')
    .option('--traffic <size>', 'what you promise to use each way; nothing enforces it. Default a full line')
    .option('--image <name>', 'default pytorch/pytorch:latest')
    .option('--template <hash>', 'a template of Vast.ai in place of an image')
    .option('--disk <size>', 'default 20GB')
    .option('--port <port...>', 'to open, for example 8000 or 8081/udp')
    .option('--env <name=value...>', 'for what runs inside')
    .option('--jupyter', 'with a notebook; its link is shown on a terminal only')
    .option('--ssh-config', 'put a line into ~/.ssh/config, so that ssh and editors know its name')
    .option('--tries <n>', 'machines tried when one does not start; default 3')
    .action(async (flags: Flags) => {
      const { rent } = await import('./commands/rent.ts');
      await rent(makeContext(), flags);
    });
}

function addMoney(program: Command, makeContext: MakeContext): void {
  withExamples(withOutput(program.command('audit')), ['vastdeck audit --since 7d'])
    .description('Where the money went, what burns now without work and how to stop it, quotes against bills')
    .option('--since <time>', 'for example 30d or 2026-11-01', '30d')
    .action(async (flags: Flags) => {
      const { audit } = await import('./commands/audit.ts');
      await audit(makeContext(), flags);
    });
  withExamples(withOutput(program.command('cost')), ['vastdeck cost --by label,gpu,day --since 30d'])
    .description("What was spent by our ledger and by Vast.ai's charges, the rate now, the month's end")
    .option(
      '--by <names>',
      'job, label, gpu, host, day, fleet, domain, account, rental or total; several with commas',
      'day',
    )
    .option('--since <time>', 'for example 30d or 2026-11-01', '30d')
    .action(async (flags: Flags) => {
      const { cost } = await import('./commands/cost.ts');
      await cost(makeContext(), flags);
    });
}

function addProbe(program: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withConsent(program.command('probe'))), ['vastdeck probe lab --yes'])
    .description('Two minutes of GPU, disk and line on a machine, for the memory of hosts')
    .argument('<name>', 'of the machine, or its id')
    .action(async (name: string, flags: Flags) => {
      const { probe } = await import('./commands/probe.ts');
      await probe(makeContext(), name, flags);
    });
}

function addKey(program: Command, makeContext: MakeContext): void {
  const key = program.command('key').helpCommand(false).description('The SSH key that enters the machines');
  withOutput(key.command('show'))
    .description('The key of this computer, those of the account and of each machine')
    .action(async (flags: Flags) => {
      const { keyShow } = await import('./commands/key.ts');
      await keyShow(makeContext(), flags);
    });
  key
    .command('create')
    .description('Make the key where there is none, and add it to the account')
    .action(async () => {
      const { keyCreate } = await import('./commands/key.ts');
      await keyCreate(makeContext());
    });
  withConsent(key.command('rotate'))
    .description('Put a new key in place of the old one, on every machine and on the account')
    .action(async (flags: Flags) => {
      const { keyRotate } = await import('./commands/key.ts');
      await keyRotate(makeContext(), flags);
    });
  withExamples(key.command('attach'), ['vastdeck key attach lab --key ~/.ssh/id_ed25519.pub'])
    .description('Let a key enter one machine')
    .argument('<name>', 'of the machine, or its id')
    .option('--key <file>', 'a .pub file; default the key of this computer')
    .action(async (name: string, flags: Flags) => {
      const { keyAttach } = await import('./commands/key.ts');
      await keyAttach(makeContext(), name, flags);
    });
  withConsent(key.command('detach'))
    .description('Take a key off one machine')
    .argument('<name>', 'of the machine, or its id')
    .option('--key <file>', 'a .pub file; default the key of this computer')
    .action(async (name: string, flags: Flags) => {
      const { keyDetach } = await import('./commands/key.ts');
      await keyDetach(makeContext(), name, flags);
    });
}

function addBudget(program: Command, makeContext: MakeContext): void {
  const budget = withOutput(program.command('budget'))
    .helpCommand(false)
    .description('Caps and limits: spent, reserved, left, who set them')
    .action(async (flags: Flags) => {
      const { showBudget } = await import('./commands/budget.ts');
      await showBudget(makeContext(), flags);
    });
  withExamples(budget.command('set'), [
    'vastdeck budget set total month 100',
    'vastdeck budget set label:nightly day 5',
    'vastdeck budget set account month 300',
  ])
    .description('Set or replace a cap')
    .argument('<whose>', 'total, account, or label:x, job:x, fleet:x, domain:x')
    .argument('<window>', 'day, month or all')
    .argument('<usd>', 'dollars; 0 forbids all spending')
    .action(async (whose: string, window: string, dollars: string) => {
      const { setBudget } = await import('./commands/budget.ts');
      await setBudget(makeContext(), [whose, window, dollars]);
    });
  budget
    .command('remove')
    .description('Remove a cap')
    .argument('<whose>', 'as it was set')
    .argument('<window>', 'day, month or all')
    .action(async (whose: string, window: string) => {
      const { removeBudget } = await import('./commands/budget.ts');
      await removeBudget(makeContext(), whose, window);
    });
  const limit = budget.command('limit').helpCommand(false).description('Rules beside the caps');
  withExamples(limit.command('set'), [
    'vastdeck budget limit set careful 20 --type daily-loss --window 1d',
    'vastdeck budget limit set pace 10 --type frequency --window 1h --warn',
    'vastdeck budget limit set careful 30',
  ])
    .description('Set a limit; what is left out stays as it was')
    .argument('<name>', 'of your choice')
    .argument('<figure>', 'dollars; for frequency the number of acts')
    .option('--type <type>', 'daily-loss, frequency, exposure or drawdown')
    .option('--window <duration>', 'rolling, for example 1d')
    .option('--of <whose>', 'whose acts; default total')
    .option('--warn', 'passing it only warns')
    .option('--enforce', 'passing it is denied, which is the default')
    .action(async (name: string, figure: string, flags: Flags) => {
      const { setLimit } = await import('./commands/budget.ts');
      await setLimit(makeContext(), name, figure, flags);
    });
  limit
    .command('remove')
    .description('Remove a limit')
    .argument('<name>', 'as it was set')
    .action(async (name: string) => {
      const { removeLimit } = await import('./commands/budget.ts');
      await removeLimit(makeContext(), name);
    });
}
