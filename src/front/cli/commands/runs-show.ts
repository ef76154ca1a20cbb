// `vastdeck runs show RUN`: what it was, how long its steps took, and every figure with its first, last and best value.
import { formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import type { Job } from '../../../rent/jobs/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';
import { openBooksHere } from '../renting-session.ts';
import { readVastdeckYaml } from '../vastdeck-yaml/index.ts';
import { findRun, firstAtMs, type KnownRun, lastAtMs, openRunBook } from './runs-book.ts';
import { type NameFigures, type RunFigures, runFigures } from './runs-figures.ts';
import { figure } from './runs-list.ts';

const COLUMNS: readonly Column[] = [
  { name: 'metric' },
  { name: 'last', format: figure },
  { name: 'best', format: figure },
  { name: 'best_step', importance: 3 },
  { name: 'first', format: figure },
  { name: 'min', format: figure, importance: 2 },
  { name: 'max', format: figure, importance: 2 },
  { name: 'points' },
  { name: 'not_finite', importance: 1 },
  { name: 'last_step', importance: 3 },
  { name: 'last_at', format: (value) => screenTime(Date.parse(String(value))), isWhole: true, importance: 1 },
];

export async function runsShow(context: Context, word: string, flags: Flags): Promise<void> {
  const { config, terminal } = context;
  const { training } = readVastdeckYaml(config);
  await using books = await openBooksHere(context);
  const book = await openRunBook(books, config);
  const run = findRun(book, word);
  const figures = await runFigures(book.metrics.points(run.run), training.metrics);
  const lines = aboutLines(run, figures)
    .map((line) => `${line}\n`)
    .join('');
  if (formatOf(flags, terminal) === 'table') terminal.out(`${lines}\n`);
  else terminal.err(lines);
  context.print(figures.names.map(rowOf), COLUMNS, flags);
}

function rowOf(figures: NameFigures): Row {
  return {
    metric: figures.name,
    last: wordOf(figures.last),
    best: figures.best,
    best_step: figures.bestStep,
    first: wordOf(figures.first),
    min: figures.min,
    max: figures.max,
    points: figures.points,
    not_finite: figures.odd,
    last_step: figures.lastStep,
    last_at: formatIso(figures.lastAtMs),
  };
}

/** JSON has no word for what is no number, and null would say that it is not known. */
export function wordOf(value: number | null): number | string | null {
  return value === null || Number.isFinite(value) ? value : String(value);
}

function aboutLines(run: KnownRun, { lastStep, stepSeconds }: RunFigures): readonly string[] {
  const { name, job, rental, group, instanceId, attempts, costUsd } = run;
  const named = [name, group === undefined || group === name ? undefined : `group ${group}`]
    .filter(Boolean)
    .join(', ');
  const machine = [
    job && `job ${job.id} is ${job.status}${job.reason === '' ? '' : `: ${job.reason}`}`,
    rental?.terms && `${rental.terms.gpuCount}× ${rental.terms.gpuName}`,
    instanceId === undefined ? undefined : `instance ${instanceId}`,
  ].filter((part) => part !== undefined);
  const took = formatDuration(lastAtMs(run) - firstAtMs(run));
  return [
    `${run.run}${named === '' ? '' : ` (${named})`}`,
    ...(machine.length > 0 ? [machine.join(', ')] : []),
    `${screenTime(firstAtMs(run))} to ${screenTime(lastAtMs(run))}, ${took}, ${plural(attempts.length, 'attempt')}${lastStep === null ? '' : `, up to step ${lastStep}`}`,
    stepSeconds === null
      ? 'Time of a step: not told'
      : `Time of a step: ${seconds(stepSeconds.median)}, 9 of 10 within ${seconds(stepSeconds.p90)} (${plural(stepSeconds.samples, 'sample')})`,
    costUsd === undefined ? 'Cost: no record of it' : `Cost: ${formatUsd(costUsd)}`,
  ];
}

export function seconds(value: number): string {
  return value < 1 ? `${Number((value * 1_000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`;
}

/** What a job was told to do, as far as it differs from run to run. */
export function configOf({
  job,
  rental,
}: Pick<KnownRun, 'job' | 'rental'>): Readonly<Record<string, string>> {
  const terms = rental?.terms;
  const machine: Record<string, string> =
    terms === undefined
      ? {}
      : {
          gpu: `${terms.gpuCount}× ${terms.gpuName}`,
          rental: terms.rentalType,
          price_per_hour: formatUsd(terms.pricePerHour),
          location: terms.geolocation ?? '',
        };
  return job === undefined ? machine : { ...jobConfig(job.job), ...machine };
}

function jobConfig({
  image,
  templateHash,
  workdir,
  setup,
  run,
  env,
  resources,
}: Job): Record<string, string> {
  const code =
    workdir === undefined
      ? ''
      : workdir.kind === 'git'
        ? `${workdir.url}@${workdir.commit.slice(0, 12)}`
        : workdir.path;
  return {
    image: image ?? `template ${templateHash ?? ''}`,
    ...(code === '' ? {} : { workdir: code }),
    ...(setup === undefined ? {} : { setup: setup.trim() }),
    run: run.trim(),
    wanted: `${resources.count}× ${resources.gpus.join(' or ') || 'any GPU'}`,
    ...Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        `env ${name}`,
        typeof value === 'string' ? value : `from ${value.fromEnv}`,
      ]),
    ),
  };
}
