// Which runs the table shows, and in which order: group, then filter, then sort. Pure.
import type { RunView } from '../../../rent/monitor/index.ts';
import type { ScreenState } from '../state/screen-state.ts';
import type { ColumnName } from './column-names.ts';
import { TABLE_COLUMNS } from './columns.ts';
import { filterRuns } from './filter-runs.ts';

type Shown = Pick<ScreenState, 'view' | 'group' | 'filter' | 'sort'>;

export function shownRuns({ view, group, filter, sort }: Shown): readonly RunView[] {
  const inGroup = group === null ? view.runs : view.runs.filter((run) => run.group === group);
  return sortRuns(filterRuns(inGroup, filter), sort);
}

/** What is not known comes last, whichever way it is sorted; equal ones stay as the monitor has them. */
function sortRuns(
  runs: readonly RunView[],
  { column, isDescending }: { readonly column: ColumnName | null; readonly isDescending: boolean },
): readonly RunView[] {
  const sortBy = column === null ? undefined : TABLE_COLUMNS.get(column)?.sortBy;
  if (!sortBy) return isDescending ? runs.toReversed() : runs;
  const direction = isDescending ? -1 : 1;
  return runs.toSorted((a, b) => {
    const [left, right] = [known(sortBy(a)), known(sortBy(b))];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    if (left === right) return 0;
    return (left < right ? -1 : 1) * direction;
  });
}

function known(value: number | string | null): number | string | null {
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
}

/** The run under the cursor: the one that was chosen while it is shown, else the first. */
export function selectedRun(state: ScreenState): RunView | undefined {
  const runs = shownRuns(state);
  return runs.find(({ key }) => key === state.selectedKey) ?? runs[0];
}

/** The marked ones that are shown, else the one under the cursor. */
export function targetRuns(state: ScreenState): readonly RunView[] {
  const marked = shownRuns(state).filter(({ key }) => state.marks.has(key));
  if (marked.length > 0) return marked;
  const selected = selectedRun(state);
  return selected ? [selected] : [];
}

/** Names of groups in order, for the tabs. */
export function groupsOf({ view }: Pick<ScreenState, 'view'>): readonly string[] {
  const names = new Set(view.runs.flatMap(({ group }) => (group === null ? [] : [group])));
  return [...names].toSorted();
}
