// Lines of a run, or the last ones of all of them: held or followed, broken or cut, searched and filtered.
import { cutCells, printable, wrapCells } from '../../../base/std/index.ts';
import type { RunView, ShownLine } from '../../../rent/monitor/index.ts';
import { clockTime, timeSpan } from '../figures/figure.ts';
import { fitBlock, type Line, type Span, type Style, span, spreadLine } from '../look/line.ts';
import { LINES_A_RUN } from '../state/layout.ts';
import { bottomIndex, matcher, shownLines } from '../state/log-lines.ts';
import { selectedRun, shownRuns } from '../table/shown-runs.ts';
import type { Pen, Place } from './pen.ts';

/** Narrower than this the time of a line would leave it no room. */
const TIMED_COLUMNS = 90;

export function logPanel(pen: Pen, place: Place): readonly Line[] {
  const { state } = pen;
  const run = selectedRun(state);
  if (state.log.scope === 'all') return allLogs(pen, place);
  if (!run)
    return fitBlock([titleLine(pen, undefined, { width: place.width, newer: 0 })], place.width, place.height);
  const lines = shownLines(state, run.key);
  const bottom = bottomIndex(lines, state.log.anchorSeq);
  const rows: Line[] = [];
  for (let index = bottom - 1; index >= 0 && rows.length < place.height - 1; index -= 1) {
    const line = lines[index];
    if (line) rows.unshift(...lineRows(pen, line, place.width));
  }
  const title = titleLine(pen, run, { width: place.width, newer: lines.length - bottom });
  const body = rows.length === 0 ? [whyNoLines(pen, run)] : rows.slice(1 - place.height);
  return fitBlock([title, ...body], place.width, place.height);
}

function allLogs(pen: Pen, { width, height }: Place): readonly Line[] {
  const { state } = pen;
  const runs = shownRuns(state);
  const at = Math.max(
    0,
    runs.findIndex(({ key }) => key === selectedRun(state)?.key),
  );
  const body: Line[] = [];
  for (const run of [...runs.slice(at), ...runs.slice(0, at)]) {
    if (body.length >= height - 1) break;
    body.push(titleLine(pen, run, { width, newer: 0 }));
    const newest = shownLines(state, run.key).slice(-LINES_A_RUN);
    if (newest.length === 0) body.push(whyNoLines(pen, run));
    for (const line of newest) body.push(...lineRows(pen, line, width));
  }
  const title: Line = [span(`LOGS of all, the last ${LINES_A_RUN} lines each`, { isBold: true })];
  return fitBlock([title, ...body], width, height);
}

interface Title {
  readonly width: number;
  readonly newer: number;
}

function titleLine({ state, glyphs }: Pen, run: RunView | undefined, { width, newer }: Title): Line {
  const { log, nowMs } = state;
  if (!run) return [span('LOGS', { isBold: true })];
  const source = run.lineFrom === '' ? run.lineSource : `${run.lineSource} ${printable(run.lineFrom)}`;
  const left: Span[] = [
    span(log.scope === 'all' ? '' : 'LOGS ', { isBold: true }),
    span(printable(run.name), { isBold: true, colour: 'accent' }),
    span(` ${glyphs.dot} ${source}`, { colour: 'muted' }),
  ];
  if (run.lineError !== null)
    left.push(span(` ${glyphs.dot} ${printable(run.lineError)}`, { colour: 'bad' }));
  const right: Span[] = [];
  const tell = (text: string, style: Style = { colour: 'muted' }) => right.push(span(` ${text}`, style));
  if (log.filter !== '') tell(`&${printable(log.filter)}`, { colour: 'warn' });
  if (log.search !== '') tell(`/${printable(log.search)}`, { colour: 'warn' });
  if (log.isWrapped) tell('wrap');
  if (log.anchorSeq !== null) tell(`held, ${newer} newer`, { colour: 'warn', isBold: true });
  else if (run.lineAtMs !== null) tell(`${timeSpan(nowMs - run.lineAtMs)} ago`);
  return spreadLine(left, right, width);
}

function whyNoLines({ state }: Pen, run: RunView): Line {
  if (state.log.filter !== '')
    return [span(`No line has "${printable(state.log.filter)}".`, { colour: 'muted' })];
  if (state.clearedSeq.has(run.key)) return [span('Cleared; new lines come here.', { colour: 'muted' })];
  return [
    span(run.lineError === null ? 'No line yet.' : 'No line could be read; t tries the next source.', {
      colour: 'muted',
    }),
  ];
}

function lineRows({ state, zone, glyphs }: Pen, line: ShownLine, width: number): Line[] {
  const isTimed = width >= TIMED_COLUMNS;
  const lead: Span[] = isTimed ? [span(`${clockTime(line.atMs, zone)} `, { colour: 'muted' })] : [];
  const room = Math.max(1, width - (isTimed ? 9 : 0));
  const text = printable(line.text);
  const style = styleOf(text);
  const pieces = state.log.isWrapped ? wrapCells(text, room) : [cutCells(text, room, glyphs.ellipsis)];
  return pieces.map((piece, index) => [
    ...(index === 0 ? lead : lead.map(({ text: filled }) => span(' '.repeat(filled.length)))),
    ...withMatches(piece, state.log.search, style),
  ]);
}

/** What somebody would look for first. */
function styleOf(text: string): Style {
  if (/\b(error|exception|traceback|fatal|out of memory|nan)\b/i.test(text)) return { colour: 'bad' };
  return /\bwarn(ing)?\b/i.test(text) ? { colour: 'warn' } : {};
}

function withMatches(text: string, search: string, style: Style): Line {
  if (search === '' || !matcher(search)(text)) return [span(text, style)];
  const hay = search === search.toLowerCase() ? text.toLowerCase() : text;
  const spans: Span[] = [];
  let from = 0;
  for (let at = hay.indexOf(search); at >= 0; at = hay.indexOf(search, from)) {
    if (at > from) spans.push(span(text.slice(from, at), style));
    spans.push(span(text.slice(at, at + search.length), { ...style, isInverse: true }));
    from = at + search.length;
  }
  if (from < text.length) spans.push(span(text.slice(from), style));
  return spans;
}
