// One run in detail: everything that is known of it, its GPUs, its figures, a chart, and its log below.
import { cutCells, padCells, printable, wrapText } from '../../../base/std/index.ts';
import type { GpuReading, RunView } from '../../../rent/monitor/index.ts';
import { progressBar } from '../chart/bars.ts';
import { dayTime, gpuText, money, percent, quantity, timeSpan } from '../figures/figure.ts';
import { besideBlocks, type Colour, fitBlock, type Line, type Span, span } from '../look/line.ts';
import { runLogRows } from '../state/layout.ts';
import { TWO_CHARTS_ROWS } from '../state/visible-charts.ts';
import { fullColour, gpuColour, healthColour, stepText, triesText } from '../table/columns.ts';
import { selectedRun } from '../table/shown-runs.ts';
import { chartStack } from './charts.ts';
import { logPanel } from './logs.ts';
import type { Pen, Place } from './pen.ts';

const LABEL_CELLS = 10;
const BESIDE_COLUMNS = 100;

export function runScreen(pen: Pen, { width, height }: Place): readonly Line[] {
  const run = selectedRun(pen.state);
  if (!run) return fitBlock([[span('There is no run to show.')]], width, height);
  const logHeight = runLogRows(height);
  const upper = height - logHeight;
  const hasChart = width >= BESIDE_COLUMNS;
  const factWidth = hasChart ? Math.floor(width * 0.5) : width;
  const facts = fitBlock(factLines(pen, run, factWidth), factWidth, upper);
  const top = hasChart
    ? besideBlocks(
        facts,
        chartStack(pen, { width: width - factWidth - 1, height: upper }, upper >= TWO_CHARTS_ROWS ? 2 : 1),
        span(pen.glyphs.vertical, { colour: 'muted' }),
      )
    : facts;
  return [...top, ...logPanel(pen, { width, height: logHeight })];
}

function factLines(pen: Pen, run: RunView, width: number): readonly Line[] {
  const { state, glyphs, zone } = pen;
  const { nowMs } = state;
  const facts: Line[] = [
    [span(printable(run.name), { isBold: true, colour: 'accent' }), span(` ${run.key}`, { colour: 'muted' })],
  ];
  const add = (label: string, ...value: readonly Span[]) =>
    facts.push([span(padCells(label, LABEL_CELLS), { colour: 'muted' }), ...value]);
  const addSentence = (label: string, text: string, colour: Colour | undefined) => {
    for (const [index, piece] of wrapText(printable(text), Math.max(10, width - LABEL_CELLS)).entries()) {
      add(index === 0 ? label : '', span(piece, { colour }));
    }
  };
  const { health } = run;
  addSentence(
    'status',
    `${glyphs.status[run.status].trim()} ${run.status} for ${timeSpan(nowMs - run.sinceMs)}: ${run.reason}`,
    undefined,
  );
  addSentence(
    'health',
    `${health.status} for ${timeSpan(nowMs - health.sinceMs)}: ${health.reason}`,
    healthColour(run),
  );
  if (run.wastePerHour)
    add('waste', span(`${money(run.wastePerHour)} an hour while nobody acts`, { colour: 'bad' }));
  add('progress', ...progressSpans(pen, run, width - LABEL_CELLS));
  add(
    'loss',
    span(quantity(run.loss), { colour: 'accent' }),
    span(run.attempts > 1 ? `  ${triesText(run)}` : '', { colour: 'warn' }),
  );
  add(
    'cost',
    span(
      `${money(run.pricePerHour)}/h, ${run.isSpentAtLeast ? 'at least ' : ''}${money(run.spentUsd)} so far`,
    ),
    span(toFinish(run), { colour: 'muted' }),
  );
  add(
    'machine',
    span(
      [gpuText(run.gpuName, run.gpuCount), run.geolocation, run.group && `group ${run.group}`]
        .filter(Boolean)
        .map((text) => printable(text ?? ''))
        .join(', '),
    ),
  );
  add(
    'memory',
    span(percent(run.memoryPercent)),
    span('  disk ', { colour: 'muted' }),
    span(percent(run.diskPercent), { colour: fullColour(run.diskPercent ?? 0) }),
    span(sampledText(run, nowMs), { colour: 'muted' }),
  );
  if (run.sampleError !== null) addSentence('', run.sampleError, 'bad');
  for (const [index, gpu] of (run.gpus?.value ?? []).entries()) {
    add(`GPU ${index}`, ...gpuSpans(pen, gpu, Math.min(20, width - LABEL_CELLS - 34)));
  }
  addSentence(
    'lines',
    `${run.lineSource}${run.lineFrom === '' ? '' : ` ${run.lineFrom}`}${run.format === null ? '' : `, read as ${run.format}`}${run.lineAtMs === null ? '' : `, newest ${dayTime(run.lineAtMs, zone)}`}`,
    undefined,
  );
  if (run.lineError !== null) addSentence('', run.lineError, 'bad');
  facts.push(...metricLines(run, width));
  return facts;
}

function progressSpans({ glyphs }: Pen, run: RunView, width: number): readonly Span[] {
  const told = ` ${stepText(run)}${etaText(run)}`;
  if (run.progress === null) return [span(told.trim())];
  const cells = Math.min(24, Math.max(6, width - told.length - 6));
  const { done, left } = progressBar(run.progress, cells, glyphs);
  return [
    span(done, { colour: healthColour(run) }),
    span(left, { colour: 'muted' }),
    span(` ${percent(run.progress * 100)}${told}`),
  ];
}

function etaText({ etaS, etaBasis }: RunView): string {
  if (etaS === null) return '';
  const from =
    etaBasis === 'start and newest line'
      ? ', by its start'
      : etaBasis === 'printed by the run'
        ? ', as it says itself'
        : '';
  return `, ${timeSpan(etaS.likely * 1000)} left (${timeSpan(etaS.low * 1000)} to ${timeSpan(etaS.high * 1000)}${from})`;
}

function toFinish({ costToFinishUsd }: RunView): string {
  if (costToFinishUsd === null) return '';
  const { likely, low, high } = costToFinishUsd;
  return `, ${money(likely)} to the end (${money(low)} to ${money(high)})`;
}

function sampledText({ sampledAtMs }: RunView, nowMs: number): string {
  return sampledAtMs === null ? '  never measured' : `  measured ${timeSpan(nowMs - sampledAtMs)} ago`;
}

function gpuSpans({ glyphs }: Pen, gpu: GpuReading, barCells: number): readonly Span[] {
  const used = gpu.utilizationPercent;
  const { done, left } = progressBar((used ?? 0) / 100, Math.max(4, barCells), glyphs);
  const memory =
    gpu.memoryUsedMb === null || gpu.memoryTotalMb === null
      ? ''
      : `${(gpu.memoryUsedMb / 1024).toFixed(1)}/${(gpu.memoryTotalMb / 1024).toFixed(0)} GB`;
  const heat = gpu.temperatureC === null ? '' : `${Math.round(gpu.temperatureC)}C`;
  const power = gpu.powerW === null ? '' : `${Math.round(gpu.powerW)}W`;
  return [
    span(done, { colour: used === null ? 'muted' : gpuColour(used) }),
    span(left, { colour: 'muted' }),
    span(` ${percent(used).padStart(4)} ${memory.padStart(11)} ${heat.padStart(4)} ${power.padStart(5)}`),
  ];
}

function metricLines(run: RunView, width: number): readonly Line[] {
  const cells = 26;
  const across = Math.max(1, Math.floor(width / cells));
  const lines: Line[] = [];
  for (let at = 0; at < run.metrics.length; at += across) {
    lines.push(
      run.metrics
        .slice(at, at + across)
        .flatMap(({ name, value }) => [
          span(padCells(cutCells(printable(name), 16), 17), { colour: 'muted' }),
          span(padCells(quantity(value), cells - 17)),
        ]),
    );
  }
  return lines;
}
