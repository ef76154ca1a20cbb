// The top of the screen: what is watched and since when, then what it costs and how busy it is, then the groups.
import { cellWidth, printable } from '../../../base/std/index.ts';
import type { RunView } from '../../../rent/monitor/index.ts';
import { clockTime, counted, money, percent, soonTime, timeSpan } from '../figures/figure.ts';
import { fitLine, type Line, lineWidth, type Span, span, spreadLine } from '../look/line.ts';
import { wastedOf } from '../table/columns.ts';
import { groupsOf } from '../table/shown-runs.ts';
import type { Pen } from './pen.ts';

export function headLines(pen: Pen, width: number): readonly Line[] {
  const lines = [titleLine(pen, width), sumsLine(pen, width)];
  return groupsOf(pen.state).length > 0 ? [...lines, groupsLine(pen, width)] : lines;
}

function titleLine({ state, zone, glyphs, staleAfterMs, isReadOnly, whose }: Pen, width: number): Line {
  const { view, nowMs } = state;
  const { totals } = view;
  const right: Span[] = [];
  if (state.isPaused)
    right.push(span(' PAUSED ', { isInverse: true, isBold: true, colour: 'warn' }), span(' '));
  else if (state.isRefreshing) right.push(span('asking ', { colour: 'muted' }));
  const ageMs = nowMs - view.atMs;
  if (ageMs > staleAfterMs) right.push(span(`${timeSpan(ageMs)} old `, { colour: 'warn' }));
  right.push(span(`${clockTime(view.atMs, zone)} ${zone}`, { colour: 'muted' }));
  const account = printable(view.account ?? '');
  const parts: Line[] = [
    [span('vastdeck top', { isBold: true, colour: 'accent' })],
    view.isSimulated ? [span('SIMULATED', { isBold: true, colour: 'warn' })] : [],
    [span(`${counted(totals.runs, 'run')}, ${totals.running} running, ${counted(totals.gpus, 'GPU')}`)],
    isReadOnly ? [span('read-only', { colour: 'muted' })] : [],
    whose === null ? [] : [span(`${glyphs.dot} ${whose.word}`, { colour: 'muted' })],
    account === '' ? [] : [span(`${glyphs.dot} ${account}`, { colour: 'muted' })],
  ];
  return spreadLine(fittingParts(parts, ' ', width - lineWidth(right) - 1), right, width);
}

/** As many as there is room for, the first ones first. */
function fittingParts(parts: readonly Line[], separator: string, width: number): Line {
  const line: Span[] = [];
  let used = 0;
  for (const part of parts) {
    const between = line.length === 0 ? '' : separator;
    const takes = cellWidth(between) + lineWidth(part);
    if (part.length === 0 || used + takes > width) continue;
    if (between !== '') line.push(span(between, { colour: 'muted' }));
    line.push(...part);
    used += takes;
  }
  return line;
}

/** The most important first; those that there is no room for are left out. */
function sumsLine({ state, zone, glyphs }: Pen, width: number): Line {
  const { totals, runs } = state.view;
  const wasted = runs.reduce((sum, run) => sum + wastedOf(run), 0);
  const parts: Span[][] = [
    [span(`${money(totals.pricePerHour)}/h`, { isBold: true })],
    [span('spent ', { colour: 'muted' }), span(money(totals.spentUsd))],
  ];
  if (totals.monthEndUsd !== null) {
    parts.push([span('month end ', { colour: 'muted' }), span(money(totals.monthEndUsd))]);
  }
  if (totals.creditUsd !== null)
    parts.push(creditPart(totals.creditUsd, totals.creditEndsAtMs, state.nowMs, zone));
  if (wasted > 0) parts.push([span(`${money(wasted)}/h for nothing`, { colour: 'bad' })]);
  parts.push([span('GPU ', { colour: 'muted' }), span(percent(mean(runs, (run) => run.gpuPercent)))]);
  parts.push([span('VRAM ', { colour: 'muted' }), span(percent(mean(runs, (run) => run.gpuMemoryPercent)))]);
  parts.push([span('mem ', { colour: 'muted' }), span(percent(mean(runs, (run) => run.memoryPercent)))]);
  parts.push([span('disk ', { colour: 'muted' }), span(percent(mean(runs, (run) => run.diskPercent)))]);
  return fitLine(fittingParts(parts, ` ${glyphs.vertical} `, width), width);
}

const A_DAY_MS = 86_400_000;

function creditPart(credit: number, endsAtMs: number | null, nowMs: number, zone: string): Span[] {
  const part = [span('credit ', { colour: 'muted' }), span(money(credit))];
  if (endsAtMs === null) return part;
  const isSoon = endsAtMs - nowMs < A_DAY_MS;
  return [...part, span(` ends ${soonTime(endsAtMs, nowMs, zone)}`, { colour: isSoon ? 'bad' : 'muted' })];
}

function mean(runs: readonly RunView[], read: (run: RunView) => number | null): number | null {
  const known = runs.map(read).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function groupsLine({ state }: Pen, width: number): Line {
  const tab = (name: string | null, count: number): Span =>
    span(
      ` ${name ?? 'all'} ${count} `,
      name === state.group ? { isInverse: true, isBold: true } : { colour: 'muted' },
    );
  const count = (name: string) => state.view.runs.filter(({ group }) => group === name).length;
  return fitLine(
    [
      tab(null, state.view.runs.length),
      ...groupsOf(state).flatMap((name) => [span(' '), tab(name, count(name))]),
    ],
    width,
  );
}
