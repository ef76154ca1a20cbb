// A view of which nothing new is heard: it says since when, and what it tells of is not passed off as of now. Pure.
import type { MonitorView, RunView } from '../../../../rent/monitor/index.ts';

export interface Silence {
  readonly sinceMs: number;
  readonly why: string;
}

/** After this what a run does now is not known; its figures show their age by themselves. */
const UNKNOWN_AFTER_MS = 30_000;

/** `17:23:11Z` */
export function sinceText({ sinceMs }: Pick<Silence, 'sinceMs'>): string {
  return `${new Date(sinceMs).toISOString().slice(11, 19)}Z`;
}

export function agedView(view: MonitorView, silence: Silence, nowMs: number): MonitorView {
  const { sinceMs, why } = silence;
  const since = sinceText(silence);
  const trouble = `The daemon has not been heard since ${since} (${why}); it is looked for all the time, and "vastdeck up -d" starts one`;
  const isUnknown = nowMs - sinceMs >= UNKNOWN_AFTER_MS;
  const reason = `The daemon has not been heard since ${since}`;
  return { ...view, trouble, runs: view.runs.map((run) => agedRun(run, { reason, since, isUnknown })) };
}

function agedRun(
  run: RunView,
  {
    reason,
    since,
    isUnknown,
  }: { readonly reason: string; readonly since: string; readonly isUnknown: boolean },
): RunView {
  const told = { ...run, sampleError: reason, lineError: reason };
  if (!isUnknown) return told;
  return {
    ...told,
    status: 'unknown',
    reason: `${reason}; it was ${run.status} then`,
    etaS: null,
    costToFinishUsd: null,
    health: {
      ...run.health,
      colour: run.health.colour === 'green' ? 'yellow' : run.health.colour,
      reason: `As of ${since}: ${run.health.reason}`,
    },
  };
}
