// What each column of the table shows of a run, how wide it wants to be, and by what it sorts. Pure.

import { cutCells, padCells, printable, usd } from '../../../base/std/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { progressBar, sparkline } from '../chart/bars.ts';
import { counted, gpuText, money, percent, quantity, timeSpan } from '../figures/figure.ts';
import type { Glyphs } from '../look/glyphs.ts';
import { type Colour, type Span, span } from '../look/line.ts';
import type { ColumnName } from './column-names.ts';

export interface CellContext {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly nowMs: number;
  /** From when on a reading is told to be old. */
  readonly staleAfterMs: number;
}

export interface TableColumn {
  readonly name: ColumnName;
  readonly title: string;
  readonly widthMin: number;
  /** It reads well from here on; default the smallest. */
  readonly widthGood: number;
  /** It grows to this where there is room. */
  readonly widthMax: number;
  readonly align: 'left' | 'right';
  /** The smallest goes first when there is no room; 0 never goes. */
  readonly importance: number;
  readonly cell: (run: RunView, context: CellContext) => readonly Span[];
  readonly sortBy: (run: RunView) => number | string | null;
}

type Column = Omit<TableColumn, 'align' | 'widthGood' | 'widthMax'> &
  Partial<Pick<TableColumn, 'align' | 'widthGood' | 'widthMax'>>;

/** From where on a part of the machine is busy or full enough to look at. */
const FULL_PERCENT = 90;

const COLUMNS: readonly Column[] = [
  {
    name: 'id',
    title: 'ID',
    widthMin: 8,
    widthMax: 10,
    importance: 0,
    cell: (run, { width, glyphs }) => [
      span(cutCells(idText(run), width, glyphs.ellipsis), {
        colour: run.health.colour === 'green' ? undefined : healthColour(run),
      }),
    ],
    sortBy: (run) => run.instanceId ?? run.key,
  },
  {
    name: 'name',
    title: 'NAME',
    widthMin: 8,
    widthGood: 14,
    widthMax: 24,
    importance: 58,
    cell: (run, { width, glyphs }) => [
      span(cutCells(printable(run.name), width, glyphs.ellipsis), { isBold: true }),
    ],
    sortBy: (run) => run.name.toLowerCase(),
  },
  {
    name: 'gpu',
    title: 'GPU',
    widthMin: 8,
    widthGood: 12,
    widthMax: 16,
    importance: 100,
    cell: (run, { width, glyphs }) => {
      const whole = gpuText(run.gpuName, run.gpuCount);
      const shown = whole.length <= width ? whole : gpuText(run.gpuName, run.gpuCount, 'short');
      return [span(cutCells(printable(shown), width, glyphs.ellipsis))];
    },
    sortBy: (run) => `${run.gpuName ?? ''} ${run.gpuCount ?? ''}`,
  },
  {
    name: 'status',
    title: 'ST',
    widthMin: 2,
    importance: 0,
    cell: (run, { glyphs }) => [span(glyphs.status[run.status], { colour: healthColour(run) })],
    sortBy: (run) => run.status,
  },
  {
    name: 'state',
    title: 'STATE',
    widthMin: 7,
    importance: 28,
    cell: (run) => [span(run.status, { colour: healthColour(run) })],
    sortBy: (run) => run.status,
  },
  {
    name: 'progress',
    title: 'PROGRESS',
    widthMin: 8,
    widthGood: 14,
    widthMax: 24,
    importance: 90,
    cell: (run, { width, glyphs }) => {
      if (run.progress === null) {
        const whole = stepText(run);
        const text = whole.length > width ? whole.replace(/^(step|epoch) /, '') : whole;
        return [span(padCells(cutCells(text, width, glyphs.ellipsis), width), { colour: 'muted' })];
      }
      const told = percent(run.progress * 100);
      const { done, left } = progressBar(run.progress, width - 5, glyphs);
      return [
        span(done, { colour: healthColour(run) }),
        span(left, { colour: 'muted' }),
        span(told.padStart(5)),
      ];
    },
    sortBy: (run) => run.progress,
  },
  usage('gpu%', 'GPU%', 95, (run) => run.gpuPercent, gpuColour),
  usage(
    'vram%',
    'VRAM',
    30,
    (run) => run.gpuMemoryPercent,
    (value) => (value > 98 ? 'warn' : undefined),
  ),
  usage('mem%', 'MEM%', 94, (run) => run.memoryPercent, fullColour),
  usage('disk%', 'DSK%', 93, (run) => run.diskPercent, fullColour),
  {
    name: 'loss',
    title: 'LOSS',
    widthMin: 6,
    widthMax: 7,
    align: 'right',
    importance: 92,
    cell: (run, { width }) => [
      span(padCells(cutCells(quantity(run.loss), width, ''), width, 'right'), lossStyle(run)),
    ],
    sortBy: (run) => run.loss,
  },
  {
    name: 'trend',
    title: 'TREND',
    widthMin: 5,
    widthGood: 8,
    widthMax: 20,
    importance: 60,
    cell: (run, { width, glyphs }) => [span(sparkline(run.recentLosses, width, glyphs), lossStyle(run))],
    sortBy: (run) => run.recentLosses.at(-1) ?? null,
  },
  {
    name: 'step',
    title: 'STEP',
    widthMin: 11,
    widthMax: 15,
    align: 'right',
    importance: 20,
    cell: (run, { width }) => [span(padCells(cutCells(stepText(run), width), width, 'right'))],
    sortBy: (run) => run.step ?? run.epoch,
  },
  {
    name: 'rate',
    title: 'RATE',
    widthMin: 7,
    align: 'right',
    importance: 8,
    cell: (run, { width }) => [span(padCells(quantity(metricOf(run, 'throughput')), width, 'right'))],
    sortBy: (run) => metricOf(run, 'throughput'),
  },
  {
    name: 'eta',
    title: 'ETA',
    widthMin: 6,
    align: 'right',
    importance: 91,
    cell: (run, { width }) => [
      span(padCells(run.etaS === null ? '-' : timeSpan(run.etaS.likely * 1000), width, 'right')),
    ],
    sortBy: (run) => run.etaS?.likely ?? null,
  },
  dollars('cost/h', 'COST/H', 99, (run) => run.pricePerHour),
  dollars(
    'total',
    'TOTAL',
    98,
    (run) => run.spentUsd,
    (run) => (run.isSpentAtLeast ? '+' : ''),
  ),
  dollars('to finish', 'TO END', 35, (run) => run.costToFinishUsd?.likely ?? null),
  {
    name: 'waste/h',
    title: 'WASTE/H',
    widthMin: 7,
    align: 'right',
    importance: 15,
    cell: (run, { width }) => [
      span(padCells(run.wastePerHour ? money(run.wastePerHour) : '', width, 'right'), { colour: 'bad' }),
    ],
    sortBy: (run) => run.wastePerHour,
  },
  {
    name: 'health',
    title: 'HEALTH',
    widthMin: 12,
    widthGood: 14,
    widthMax: 60,
    importance: 50,
    cell: (run, { width, glyphs }) => {
      const { status, reason } = run.health;
      const whole = width >= 30 ? `${status}: ${reason}` : status;
      return [span(cutCells(printable(whole), width, glyphs.ellipsis), { colour: healthColour(run) })];
    },
    sortBy: (run) => `${SEVERITY[run.health.colour]} ${run.health.status}`,
  },
  words('group', 'GROUP', { widthMin: 8, widthMax: 14, importance: 12 }, (run) => run.group ?? ''),
  words('tries', 'TRY', { widthMin: 3, widthMax: 3, importance: 6 }, (run) => String(run.attempts)),
  words('source', 'LINES FROM', { widthMin: 10, widthMax: 12, importance: 5 }, (run) => run.lineSource),
  words('where', 'WHERE', { widthMin: 8, widthMax: 18, importance: 4 }, (run) => run.geolocation ?? ''),
];

const SEVERITY = { red: 0, yellow: 1, green: 2 } as const;

export const TABLE_COLUMNS: ReadonlyMap<ColumnName, TableColumn> = new Map(
  COLUMNS.map((column) => [
    column.name,
    { align: 'left', widthGood: column.widthMin, widthMax: column.widthMin, ...column } satisfies TableColumn,
  ]),
);

function usage(
  name: ColumnName,
  title: string,
  importance: number,
  read: (run: RunView) => number | null,
  colourOf: (value: number) => Colour | undefined,
): Column {
  return {
    name,
    title,
    widthMin: 4,
    align: 'right',
    importance,
    cell: (run, { width, nowMs, staleAfterMs }) => {
      const value = read(run);
      const isOld = run.sampledAtMs === null || nowMs - run.sampledAtMs > staleAfterMs;
      // An old figure is not shown as if it were of now.
      const colour = value === null || isOld ? 'muted' : colourOf(value);
      const text = value !== null && isOld ? `${Math.round(value)}?` : percent(value);
      return [span(padCells(text, width, 'right'), { colour })];
    },
    sortBy: read,
  };
}

function dollars(
  name: ColumnName,
  title: string,
  importance: number,
  read: (run: RunView) => number | null,
  /** Behind the figure: `+` where it is the least that it may be. */
  sign: (run: RunView) => string = () => '',
): Column {
  return {
    name,
    title,
    widthMin: 6,
    widthMax: 7,
    align: 'right',
    importance,
    cell: (run, { width }) => [span(padCells(`${money(read(run))}${sign(run)}`, width, 'right'))],
    sortBy: read,
  };
}

function words(
  name: ColumnName,
  title: string,
  sizes: Pick<TableColumn, 'widthMin' | 'widthMax' | 'importance'>,
  textOf: (run: RunView) => string,
): Column {
  return {
    ...sizes,
    name,
    title,
    cell: (run, { width, glyphs }) => [
      span(cutCells(printable(textOf(run)), width, glyphs.ellipsis), { colour: 'muted' }),
    ],
    sortBy: textOf,
  };
}

export function healthColour(run: RunView): Colour {
  return run.health.colour === 'green' ? 'good' : run.health.colour === 'yellow' ? 'warn' : 'bad';
}

/** The first monitor's limits: too little to do, and at its end. */
export function gpuColour(value: number): Colour {
  return value < 10 || value > 95 ? 'warn' : 'good';
}

export function fullColour(value: number): Colour | undefined {
  return value > FULL_PERCENT ? 'warn' : undefined;
}

export function idText(run: RunView): string {
  return run.instanceId === null ? (run.jobId ?? run.key) : String(run.instanceId);
}

export function stepText(run: RunView): string {
  if (run.step !== null)
    return run.totalSteps === null ? `step ${quantity(run.step)}` : `${run.step}/${run.totalSteps}`;
  if (run.epoch !== null)
    return run.totalEpochs === null
      ? `epoch ${quantity(run.epoch)}`
      : `${quantity(run.epoch)}/${run.totalEpochs}`;
  return '-';
}

function lossStyle(run: RunView) {
  const isBad = run.health.status === 'diverged' || (run.loss !== null && !Number.isFinite(run.loss));
  return isBad ? { colour: 'bad' as const } : { colour: 'accent' as const };
}

export function metricOf(run: RunView, name: string): number | null {
  return run.metrics.find((metric) => metric.name === name)?.value ?? null;
}

export function triesText(run: RunView): string {
  return counted(run.attempts, 'attempt');
}

export function wastedOf(run: RunView): number {
  return run.wastePerHour ?? usd(run.health.wastedPerHour);
}
