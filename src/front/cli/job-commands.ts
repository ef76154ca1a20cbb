// The commands about jobs: work that finds its machine, runs, recovers, brings its results here, and ends its machine.
import type { Command } from 'commander';
import { withConsent } from './consent.ts';
import type { MakeContext } from './context.ts';
import type { Flags } from './flags.ts';
import { withExamples, withOutput } from './shared-options.ts';

const NAME = 'its name, its id, or the beginning of one';
const FILE = 'a job file, or a folder with a job.yaml';

export function addJobs(program: Command, makeContext: MakeContext): void {
  program.commandsGroup('Rent:');
  addRun(program, makeContext);
  const job = program
    .command('job')
    .helpCommand(false)
    .description('Work that finds its machine, survives it, brings its results here, and ends it');
  addBegin(job, makeContext);
  addLook(job, makeContext);
  addEnd(job, makeContext);
}

/** How a job that is handed in goes on. */
function withWatching(command: Command): Command {
  return command
    .option('--detach', 'leave it to the daemon, which is started where none runs')
    .option('--unattended', 'its machine ends itself at max_duration; with --detach nobody watches')
    .option('--no-compress', 'its transfers not compressed, also where a sample shrinks by a tenth')
    .option('--anyway', 'also with faults in the plan, or where no machine is on offer now')
    .option('--json', 'one JSON object an event; the last has status and reason');
}

function addRun(program: Command, makeContext: MakeContext): void {
  withExamples(withWatching(withConsent(program.command('run'))), [
    'vastdeck run --gpu "RTX 4090" --max-duration 2h --budget 1 -- nvidia-smi',
    'vastdeck run --gpu any --workdir . --artifact "out/**" -- python3 train.py --epochs 3',
    'vastdeck run --gpu any --print -- python3 train.py > job.yaml',
  ])
    .description('Run one command as a job without a file, and print the file that it makes')
    .argument(
      '[command...]',
      'after --: one word is a line of shell, several are a program and its arguments',
    )
    .requiredOption('--gpu <names>', 'for example "RTX 4090", several with commas, or any')
    .option('--name <name>', 'to call it by; default made from the command')
    .option('--count <n>', 'GPUs in the machine', '1')
    .option('--disk <size>', 'default 20GB')
    .option('--vram <size>', 'least memory of each GPU, for example 24GB')
    .option('--region <names>', 'for example EU or US,CA')
    .option('--reliability <share>', 'least reliability, 0 to 1')
    .option('--datacenter', 'only machines in data centres')
    .option('--unverified', 'also machines that Vast.ai has not verified')
    .option('--max-price <usd>', 'most dollars an hour, disk included')
    .option('--interruptible', 'bid for it: cheaper, and taken away when somebody bids more')
    .option('--image <name>', 'default pytorch/pytorch:latest')
    .option('--template <hash>', 'a template of Vast.ai in place of an image')
    .option('--workdir <folder>', 'copied into the workspace, in which the command begins')
    .option('--setup <line>', 'run once on each machine before the command')
    .option('--env <name...>', 'NAME=value, or NAME alone for the value that it has here')
    .option('--checkpoint <pattern...>', 'what a restart needs, for example "out/ckpt-*"')
    .option('--artifact <pattern...>', 'results that are fetched and verified, for example "out/**"')
    .option('--max-duration <duration>', 'of all attempts together, for example 2h; then it is stopped')
    .option('--budget <usd>', 'most that everything may cost, failed attempts included')
    .option('--stop-on-nan', 'end it when its loss is no number')
    .option('--print', 'print the job file, and do nothing')
    .action(async (words: string[], flags: Flags) => {
      const { runJob } = await import('./commands/run-job.ts');
      await runJob(makeContext(), words, flags);
    });
}

function addBegin(job: Command, makeContext: MakeContext): void {
  withExamples(job.command('plan'), [
    'vastdeck job plan examples/cpu-train/job.yaml',
    'vastdeck job plan job.yaml --json',
  ])
    .description('What a job would take and cost, and what would go wrong, before anything is spent')
    .argument('<file>', FILE)
    .option('--json', 'one JSON object')
    .action(async (file: string, flags: Flags) => {
      const { jobPlan } = await import('./commands/job-plan.ts');
      await jobPlan(makeContext(), file, flags);
    });
  withExamples(withWatching(withConsent(job.command('submit'))), [
    'vastdeck job submit examples/cpu-train/job.yaml',
    'vastdeck job submit job.yaml --yes --json',
    'vastdeck job submit job.yaml --detach',
  ])
    .description('Plan, ask, rent, run, recover, fetch and destroy; Ctrl-C asks what is meant')
    .argument('<file>', FILE)
    .action(async (file: string, flags: Flags) => {
      const { jobSubmit } = await import('./commands/job-submit.ts');
      await jobSubmit(makeContext(), file, flags);
    });
}

function addLook(job: Command, makeContext: MakeContext): void {
  withExamples(withOutput(job.command('list')), ['vastdeck job list', 'vastdeck job list --json'])
    .description('Every job, where it is and why')
    .option('--all', 'also those that ended more than a week ago')
    .action(async (flags: Flags) => {
      const { jobList } = await import('./commands/job-list.ts');
      await jobList(makeContext(), flags);
    });
  withExamples(withOutput(job.command('status')), ['vastdeck job status tiny-train'])
    .description('One job with all its attempts')
    .argument('<name>', NAME)
    .action(async (name: string, flags: Flags) => {
      const { jobStatus } = await import('./commands/job-status.ts');
      await jobStatus(makeContext(), name, flags);
    });
  withExamples(job.command('wait'), [
    'vastdeck job wait tiny-train',
    'vastdeck job wait a b c --timeout 2h --json',
  ])
    .description('Until jobs are over, driving those that nobody drives; ends as submit does')
    .argument('<names...>', 'names, ids, or the beginnings of them')
    .option('-f, --follow', 'with their logs')
    .option('--timeout <duration>', 'wait no longer; the jobs go on')
    .option('--json', 'one JSON object an event')
    .action(async (names: string[], flags: Flags) => {
      const { jobWait } = await import('./commands/job-wait.ts');
      await jobWait(makeContext(), names, flags);
    });
  withExamples(job.command('logs'), [
    'vastdeck job logs -f tiny-train',
    'vastdeck job logs tiny-train --attempt 1',
  ])
    .description('What a job has printed, as it is kept here; also after its machine is gone')
    .argument('<name>', NAME)
    .option('-f, --follow', 'go on with what comes, over all attempts, until the job is over')
    .option('--tail <n>', 'last lines; default all')
    .option('--attempt <n>', 'of one attempt; default the last')
    .option('--json', 'one JSON object a line')
    .action(async (name: string, flags: Flags) => {
      const { jobLogs } = await import('./commands/job-logs.ts');
      await jobLogs(makeContext(), name, flags);
    });
  withExamples(withOutput(job.command('fetch')), ['vastdeck job fetch tiny-train --to results'])
    .description('The files that a job has made, verified; of one that runs what there is now')
    .argument('<name>', NAME)
    .option('--to <folder>', 'copy them there; default only say where they are')
    .action(async (name: string, flags: Flags) => {
      const { jobFetch } = await import('./commands/job-fetch.ts');
      await jobFetch(makeContext(), name, flags);
    });
  withExamples(withOutput(job.command('why')), ['vastdeck job why tiny-train'])
    .description('The story of a job and its machines, with the figures that each step was decided on')
    .argument('<name>', NAME)
    .action(async (name: string, flags: Flags) => {
      const { jobWhy } = await import('./commands/job-why.ts');
      await jobWhy(makeContext(), name, flags);
    });
}

function addEnd(job: Command, makeContext: MakeContext): void {
  withExamples(withOutput(withConsent(job.command('cancel'))), ['vastdeck job cancel tiny-train'])
    .description('End jobs in order: their commands, then what they made, then their machines')
    .argument('<names...>', 'names, ids, or the beginnings of them')
    .action(async (names: string[], flags: Flags) => {
      const { jobCancel } = await import('./commands/job-cancel.ts');
      await jobCancel(makeContext(), names, flags);
    });
}
