// `vastdeck runs show RUN`: what it was, how long its steps took, and every figure with its first, last and best value.
import { formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import type { KeptRunDetail } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';
import { readVastdeckYaml } from '../vastdeck-yaml/index.ts';
import { figuresOf, type NameFigures } from './runs-figures.ts';
import { groupOf } from './runs-group.ts';
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
  const yaml = readVastdeckYaml(config);
  await using api = await openApi(context);
  const run = await api.client.keptRun(word);
  const lines = aboutLines(run, groupOf(yaml, run))
    .map((line) => `${line}\n`)
    .join('');
  if (formatOf(flags, terminal) === 'table') terminal.out(`${lines}\n`);
  else terminal.err(lines);
  context.print(figuresOf(run, yaml.training.metrics).map(rowOf), COLUMNS, flags);
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

function aboutLines(run: KeptRunDetail, group: string | null): readonly string[] {
  const { name, job, machine, instanceId, attempts, costUsd, firstAtMs, lastAtMs, lastStep, stepSeconds } =
    run;
  const named = [name, group === null || group === name ? undefined : `group ${group}`]
    .filter(Boolean)
    .join(', ');
  const where = [
    job && `job ${job.id} is ${job.status}${job.reason === '' ? '' : `: ${job.reason}`}`,
    machine && `${machine.gpuCount}× ${machine.gpuName}`,
    instanceId === null ? null : `instance ${instanceId}`,
  ].filter((part) => part !== null);
  const took = formatDuration(lastAtMs - firstAtMs);
  return [
    `${run.run}${named === '' ? '' : ` (${named})`}`,
    ...(where.length > 0 ? [where.join(', ')] : []),
    `${screenTime(firstAtMs)} to ${screenTime(lastAtMs)}, ${took}, ${plural(attempts, 'attempt')}${lastStep === null ? '' : `, up to step ${lastStep}`}`,
    stepSeconds === null
      ? 'Time of a step: not told'
      : `Time of a step: ${seconds(stepSeconds.median)}, 9 of 10 within ${seconds(stepSeconds.p90)} (${plural(stepSeconds.samples, 'sample')})`,
    costUsd === null ? 'Cost: no record of it' : `Cost: ${formatUsd(costUsd)}`,
  ];
}

export function seconds(value: number): string {
  return value < 1 ? `${Number((value * 1_000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`;
}
