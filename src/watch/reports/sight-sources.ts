// Brings together what walks over sights need, from the warm market.
import { type GroupDimension, lineGroups } from './line-groups.ts';
import type { ReportPlan } from './plan.ts';
import { pollTimes } from './poll-times.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import type { CreditRule } from './state-sums.ts';
import type { SightSources } from './stretches.ts';
import { lineIndex, stateSpans } from './warm-market.ts';

export async function sightSources(
  source: ReportSource,
  scope: SpanScope,
  dimensions: readonly GroupDimension[],
): Promise<SightSources> {
  const { window, filter } = scope;
  const states = await stateSpans(source, scope);
  const groups = await lineGroups(source, scope, dimensions, states);
  return { window, filter, index: lineIndex(source), states, groups };
}

export async function creditRule(
  source: ReportSource,
  { window }: SpanScope,
  plan: ReportPlan,
): Promise<CreditRule> {
  return { gaps: plan.gaps, cadenceMs: plan.cadenceSec * 1_000, polls: await pollTimes(source, window) };
}

/** Not a column of the result, only carried along with a line: `a.…` of its attributes. */
export function carried(name: string, sql: string): GroupDimension {
  return { column: { name, title: '', unit: '', kind: 'id' }, sql, facets: [] };
}
