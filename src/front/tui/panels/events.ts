// What has happened, the newest first.
import { cutCells, printable } from '../../../base/std/index.ts';
import type { RunEvent } from '../../../rent/monitor/index.ts';
import { clockTime, dayTime } from '../figures/figure.ts';
import { type Colour, fitBlock, type Line, span } from '../look/line.ts';
import { shownRuns } from '../table/shown-runs.ts';
import type { Pen, Place } from './pen.ts';

const COLOUR_OF: Readonly<Record<RunEvent['kind'], Colour | undefined>> = {
  status: 'accent',
  epoch: undefined,
  done: 'good',
  failed: 'bad',
  diverged: 'bad',
  hung: 'bad',
  'finished-but-billing': 'warn',
  healthy: 'good',
  source: 'muted',
};

export function eventPanel({ state, zone, glyphs }: Pen, { width, height }: Place): readonly Line[] {
  const isFiltered = state.filter !== '' || state.group !== null;
  const keys = new Set(shownRuns(state).map(({ key }) => key));
  const events = state.events.filter(({ key }) => !isFiltered || keys.has(key)).toReversed();
  const title: Line = [
    span('EVENTS', { isBold: true }),
    span(events.length === 0 ? '' : ` ${events.length}${isFiltered ? ' of the runs shown' : ''}`, {
      colour: 'muted',
    }),
  ];
  if (events.length === 0) {
    return fitBlock(
      [title, [span('Nothing has happened since the screen stands.', { colour: 'muted' })]],
      width,
      height,
    );
  }
  const rows = events
    .slice(state.eventScroll, state.eventScroll + height - 1)
    .map(
      (event): Line => [
        span(`${whenText(event.atMs, state.nowMs, zone)} `, { colour: 'muted' }),
        ...(event.sentence.includes(event.name)
          ? []
          : [span(`${printable(event.name)}: `, { isBold: true })]),
        span(cutCells(printable(event.sentence), width, glyphs.ellipsis), { colour: COLOUR_OF[event.kind] }),
      ],
    );
  return fitBlock([title, ...rows], width, height);
}

const A_DAY_MS = 86_400_000;

function whenText(atMs: number, nowMs: number, zone: string): string {
  return nowMs - atMs < A_DAY_MS ? clockTime(atMs, zone) : dayTime(atMs, zone);
}
