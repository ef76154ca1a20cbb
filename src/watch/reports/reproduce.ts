// The command line that gives a report again: with absolute times, so that it stays the same while polls arrive.
import { formatIso } from '../../base/std/index.ts';
import type { ReportPlan } from './plan.ts';
import type { ReportWindow } from './report-window.ts';

export function reproduceCommand(plan: ReportPlan, window: ReportWindow | undefined): string {
  const words = ['vastdeck', 'market', 'report', '--mode', plan.mode];
  const add = (option: string, value: string | number | undefined) => {
    if (value !== undefined) words.push(`--${option}`, shellWord(String(value)));
  };
  add('since', timeText(window?.sinceMs ?? plan.sinceMs));
  add('until', timeText(window?.untilMs ?? plan.untilMs));
  add('by', plan.by?.join(','));
  add('gpu', plan.gpus.length > 0 ? plan.gpus.join(',') : undefined);
  add('type', plan.type);
  add('min-samples', plan.minSamples > 1 ? plan.minSamples : undefined);
  add('limit', plan.limit);
  add('state', plan.state);
  add('gaps', plan.gaps);
  add('cadence', plan.gaps === 'carry' ? plan.cadenceSec : undefined);
  if (plan.by?.includes('price'))
    add('bands', plan.bands.kind === 'bounds' ? plan.bands.bounds.join(',') : 'deciles');
  add('sort', plan.sort && (plan.sort.descending ? plan.sort.column : `+${plan.sort.column}`));
  return words.join(' ');
}

function timeText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatIso(ms);
}

function shellWord(word: string): string {
  return /^[\w.,:+/=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
