// What all runs come to together. Pure.
import type { Roster } from '../roster/read-roster.ts';
import type { MonitorTotals, RunView } from '../run-view.ts';

export function totalsOf(
  runs: readonly RunView[],
  { creditUsd, creditEndsAtMs, monthEndUsd }: Pick<Roster, 'creditUsd' | 'creditEndsAtMs' | 'monthEndUsd'>,
): MonitorTotals {
  const running = runs.filter(({ status }) => status === 'running');
  return {
    runs: runs.length,
    running: running.length,
    gpus: running.reduce((sum, { gpuCount }) => sum + (gpuCount ?? 0), 0),
    pricePerHour: runs.reduce((sum, { pricePerHour }) => sum + (pricePerHour ?? 0), 0),
    spentUsd: runs.reduce((sum, { spentUsd }) => sum + (spentUsd ?? 0), 0),
    monthEndUsd,
    creditUsd,
    creditEndsAtMs,
  };
}
