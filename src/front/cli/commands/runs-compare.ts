// `vastdeck runs compare A B`: what differs in what they were told, in their figures, their steps and their cost.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import type { KeptRunDetail } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { readVastdeckYaml } from '../vastdeck-yaml/index.ts';
import { figuresOf, type NameFigures } from './runs-figures.ts';
import { figure } from './runs-list.ts';
import { seconds, wordOf } from './runs-show.ts';

const COLUMNS: readonly Column[] = [
  { name: 'section', isWhole: true },
  { name: 'what', isWhole: true },
  { name: 'a', align: 'right' },
  { name: 'b', align: 'right' },
  { name: 'difference', align: 'right' },
  { name: 'percent', title: '%', align: 'right' },
  { name: 'better' },
];

interface Side {
  readonly run: KeptRunDetail;
  /** What it was told. */
  readonly config: Readonly<Record<string, string>>;
  readonly figures: readonly NameFigures[];
}

type Show = (value: number) => string;

export async function runsCompare(
  context: Context,
  [a, b]: readonly [string, string],
  flags: Flags,
): Promise<void> {
  const { config, terminal } = context;
  const { training } = readVastdeckYaml(config);
  await using api = await openApi(context);
  const side = async (word: string): Promise<Side> => {
    const run = await api.client.keptRun(word);
    const told = await api.client.runConfig(run.run);
    return { run, config: told.config, figures: figuresOf(run, training.metrics) };
  };
  const [left, right] = [await side(a), await side(b)];
  const isTable = formatOf(flags, terminal) === 'table';
  const rows = [
    ...configRows(left.config, right.config, flags.all === true),
    ...figureRows(left.figures, right.figures, isTable),
    ...timeRows(left, right, isTable),
  ];
  const about = `a: ${shown(left.run)}\nb: ${shown(right.run)}\n`;
  if (isTable) terminal.out(`${about}\n`);
  else terminal.err(about);
  context.print(rows, COLUMNS, flags);
  if (left.run.run === right.run.run) terminal.err('a and b are the same run.\n');
}

function shown({ run, name }: KeptRunDetail): string {
  return name === '' ? run : `${run} (${name})`;
}

/** What both were told alike is left out unless all is wanted. */
function configRows(left: Side['config'], right: Side['config'], isAll: boolean): readonly Row[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((what) => isAll || left[what] !== right[what])
    .map((what) => ({
      section: 'config',
      what,
      a: left[what] ?? null,
      b: right[what] ?? null,
      difference: left[what] === right[what] ? 'same' : 'differs',
    }));
}

function figureRows(a: Side['figures'], b: Side['figures'], isTable: boolean): readonly Row[] {
  const names = [...new Set([...a, ...b].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const [left, right] = [a, b].map((each) => each.find((one) => one.name === name));
    const good = left?.good ?? right?.good ?? null;
    const row = (what: string, of: (figures: NameFigures) => number | null) =>
      numbers('figures', `${what} ${name}`, [left && of(left), right && of(right)], {
        good,
        isTable,
        show: figure,
      });
    return [row('last', ({ last }) => last), ...(good === null ? [] : [row('best', ({ best }) => best)])];
  });
}

function timeRows(a: Side, b: Side, isTable: boolean): readonly Row[] {
  const row = (
    what: string,
    of: (side: Side) => number | null | undefined,
    { good = 'down' as 'down' | null, show = figure as Show } = {},
  ) => numbers('time and cost', what, [of(a), of(b)], { good, isTable, show });
  const duration: Show = (ms) => formatDuration(Math.max(0, Math.round(ms)));
  return [
    row('last step', ({ run }) => run.lastStep, { good: null }),
    row('step seconds, median', ({ run }) => run.stepSeconds?.median, { show: seconds }),
    row('step seconds, 9 of 10', ({ run }) => run.stepSeconds?.p90, { show: seconds }),
    row('took, ms', ({ run }) => run.lastAtMs - run.firstAtMs, {
      good: null,
      show: duration,
    }),
    row('attempts', ({ run }) => run.attempts, { good: null }),
    row('cost, $', ({ run }) => run.costUsd, { good: null, show: formatUsd }),
    row('cost of 1,000 steps, $', costOfSteps, { show: formatUsd }),
  ];
}

function costOfSteps({ run: { costUsd, lastStep } }: Side): number | null {
  return costUsd === null || !lastStep ? null : (costUsd / lastStep) * 1_000;
}

function numbers(
  section: string,
  what: string,
  [a = null, b = null]: readonly (number | null | undefined)[],
  {
    good,
    isTable,
    show,
  }: { readonly good: 'up' | 'down' | null; readonly isTable: boolean; readonly show: Show },
): Row {
  const difference = a === null || b === null ? null : b - a;
  const percent = difference === null || a === null || a === 0 ? null : (difference / Math.abs(a)) * 100;
  const cell = (value: number | null) => (value === null ? null : isTable ? show(value) : wordOf(value));
  return {
    section,
    what,
    a: cell(a),
    b: cell(b),
    difference: isTable ? signed(difference, show) : wordOf(difference),
    percent:
      percent === null || !Number.isFinite(percent)
        ? null
        : isTable
          ? `${percent > 0 ? '+' : ''}${percent.toFixed(1)}`
          : percent,
    better: better(a, b, good),
  };
}

function signed(value: number | null, show: Show): string | null {
  if (value === null) return null;
  return `${value > 0 ? '+' : value < 0 ? '-' : ''}${show(Math.abs(value))}`;
}

/** One that is no number is worse than any that is. */
function better(a: number | null, b: number | null, good: 'up' | 'down' | null): string | null {
  if (good === null || a === null || b === null) return null;
  const [isA, isB] = [Number.isFinite(a), Number.isFinite(b)];
  if (!isA || !isB) return isA === isB ? null : isA ? 'a' : 'b';
  if (a === b) return 'same';
  return (good === 'down' ? a < b : a > b) ? 'a' : 'b';
}
