// One line for one poll, in the words of people who watch a collector.
import { formatDuration, formatIso } from '../../../base/std/index.ts';
import type { StoredPoll, SweepProgress } from '../../app/index.ts';
import { formatBytes } from './number.ts';

export function describePoll(report: StoredPoll): string {
  const parts = [
    `poll ${report.poll}`,
    `${report.rows.toLocaleString('en-US')} offers`,
    `${report.events.toLocaleString('en-US')} changes (${report.appeared} new, ${report.gone} gone, ${report.missing} missing)`,
    `${report.searches} searches, ${formatBytes(report.bytes)} in ${formatDuration(report.durationMs)}`,
    `stored in ${(report.diffMs + report.commitMs).toFixed(1)} ms`,
  ];
  if (!report.complete) parts.push(`not whole: ${report.reasons.join('; ')}`);
  return `${formatIso(report.tsMs)} ${parts.join(' · ')}`;
}

/** The same for a sweep that still runs. */
export function describeSweep({ sinceMs, searches, rows, bytes }: SweepProgress, nowMs: number): string {
  const parts = [
    `${searches} ${searches === 1 ? 'search' : 'searches'}`,
    `${rows.toLocaleString('en-US')} rows`,
    formatBytes(bytes),
    formatDuration(Math.max(0, nowMs - sinceMs)),
  ];
  return `polling: ${parts.join(', ')}`;
}
