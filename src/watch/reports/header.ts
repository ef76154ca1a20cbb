// What every report says about itself: its window, what nobody watched in it, what must not be misunderstood.
import { formatDuration, formatIso, HOUR_MS } from '../../base/std/index.ts';
import type { ReportPlan } from './plan.ts';
import type { ReportHeader, ReportMode } from './report.ts';
import type { ReportWindow } from './report-window.ts';
import { describeOrigin, type ReportSource } from './source.ts';

const TITLES: Readonly<Record<ReportMode, string>> = {
  occupancy: 'Occupancy',
  latest: 'Latest snapshot',
  both: 'Occupancy',
  ttr: 'Time to rent within 48 h',
  prices: 'Prices: utilised against available',
  daily: 'Daily aggregates (days in UTC)',
  'whole-gpu': 'Whole GPUs in the latest poll',
};

export function reportTitle(source: ReportSource, mode: ReportMode): string {
  return `${source.origin.kind === 'simulated' ? 'SIMULATED: ' : ''}${TITLES[mode]}`;
}

export function reportHeader(
  source: ReportSource,
  plan: ReportPlan,
  mode: ReportMode,
  window: ReportWindow | undefined,
): ReportHeader {
  return {
    mode,
    since: window && formatIso(window.sinceMs),
    until: window && formatIso(window.untilMs),
    polls: window?.polls ?? 0,
    firstPollAt: window && formatIso(window.firstPollMs),
    lastPollAt: window && formatIso(window.lastPollMs),
    holes: window?.holes ?? 0,
    holeHours: (window?.holeMs ?? 0) / HOUR_MS,
    incompletePolls: window?.incompletePolls ?? 0,
    state: plan.state,
    gaps: plan.gaps,
    origin: describeOrigin(source.origin),
    simulated: source.origin.kind === 'simulated',
  };
}

export function reportWarnings(
  source: ReportSource,
  plan: ReportPlan,
  mode: ReportMode,
  window: ReportWindow | undefined,
): string[] {
  const warnings: string[] = [];
  if (source.origin.kind === 'simulated') {
    warnings.push(
      'SIMULATED: this market was made up by the simulator; no figure says anything about the real one.',
    );
  }
  warnings.push(
    plan.state === 'rentable'
      ? 'An offer with rentable=false is counted as rented. It may as well be offline, paused, expired or under maintenance, so real use is lower than this; what the API itself calls rented is shown beside it.'
      : 'Only offers that the API flags as rented count as rented. That flag tells about the account that searched, not about the market, so real use is higher than this.',
  );
  if (!window) return warnings;
  if ((mode === 'latest' || mode === 'whole-gpu') && !window.lastPollComplete) {
    warnings.push(
      `The poll of ${formatIso(window.lastPollMs)} is not complete: offers that it missed are not in these figures.`,
    );
  }
  if (window.filters > 1) {
    warnings.push(
      'The collection filter was changed in this window, so figures before and after it cover different offers.',
    );
  }
  return warnings;
}

/** What is not a danger but explains the figures. */
export function windowNotes(plan: ReportPlan, window: ReportWindow): string[] {
  const notes: string[] = [];
  if (window.holes > 0) {
    const length = formatDuration(window.holeMs);
    const fate =
      plan.gaps === 'unknown'
        ? 'they are credited to nobody'
        : 'each offer keeps its last state over them (--gaps carry)';
    notes.push(
      `Nobody looked for ${length} in ${window.holes} ${window.holes === 1 ? 'hole' : 'holes'}; ${fate}.`,
    );
  }
  if (window.incompletePolls > 0) {
    notes.push(
      `${window.incompletePolls} of ${window.polls} polls did not see the whole market; offers they missed are unseen, not gone.`,
    );
  }
  return notes;
}
