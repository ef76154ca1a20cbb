// `vastdeck runs compare A B`: what differs in what they were told, in their figures, their steps and their cost.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { openBooksHere } from '../renting-session.ts';
import { readVastdeckYaml } from '../vastdeck-yaml/index.ts';
import { findRun, firstAtMs, type KnownRun, lastAtMs, openRunBook } from './runs-book.ts';
import { type NameFigures, type RunFigures, runFigures } from './runs-figures.ts';
import { figure } from './runs-list.ts';
import { configOf, seconds, wordOf } from './runs-show.ts';

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
  readonly run: KnownRun;
  readonly figures: RunFigures;
}

type Show = (value: number) => string;

export async function runsCompare(
  context: Context,
  [a, b]: readonly [string, string],
  flags: Flags,
): Promise<void> {
  const { config, terminal } = context;
  const { training } = readVastdeckYaml(config);
  await using books = await openBooksHere(context);
  const book = await openRunBook(books, config);
  const side = async (word: string): Promise<Side> => {
    const run = findRun(book, word);
    return { run, figures: await runFigures(book.metrics.points(run.run), training.metrics) };
  };
  const [left, right] = [await side(a), await side(b)];
  const isTable = formatOf(flags, terminal) === 'table';
  const rows = [
    ...configRows(left.run, right.run, flags.all === true),
    ...figureRows(left.figures, right.figures, isTable),
    ...timeRows(left, right, isTable),
  ];
  const about = `a: ${shown(left.run)}\nb: ${shown(right.run)}\n`;
  if (isTable) terminal.out(`${about}\n`);
  else terminal.err(about);
  context.print(rows, COLUMNS, flags);
  if (left.run.run === right.run.run) terminal.err('a and b are the same run.\n');
}

function shown({ run, name }: KnownRun): string {
  return name === '' ? run : `${run} (${name})`;
}

/** What both were told alike is left out unless all is wanted. */
function configRows(a: KnownRun, b: KnownRun, isAll: boolean): readonly Row[] {
  const [left, right] = [configOf(a), configOf(b)];
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

function figureRows(a: RunFigures, b: RunFigures, isTable: boolean): readonly Row[] {
  const names = [...new Set([...a.names, ...b.names].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const [left, right] = [a, b].map((each) => each.names.find((one) => one.name === name));
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
    row('last step', ({ figures }) => figures.lastStep, { good: null }),
    row('step seconds, median', ({ figures }) => figures.stepSeconds?.median, { show: seconds }),
    row('step seconds, 9 of 10', ({ figures }) => figures.stepSeconds?.p90, { show: seconds }),
    row('took, ms', ({ run }) => lastAtMs(run) - firstAtMs(run), {
      good: null,
      show: duration,
    }),
    row('attempts', ({ run }) => run.attempts.length, { good: null }),
    row('cost, $', ({ run }) => run.costUsd, { good: null, show: formatUsd }),
    row('cost of 1,000 steps, $', costOfSteps, { show: formatUsd }),
  ];
}

function costOfSteps({ run, figures }: Side): number | null {
  const { lastStep } = figures;
  return run.costUsd === undefined || !lastStep ? null : (run.costUsd / lastStep) * 1_000;
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
