// What a view has that the one before had not: whole runs that are new, and of the others the fields that changed. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { MonitorView, RunView } from '../../../rent/monitor/index.ts';

export type RunPatch = Partial<RunView> & Pick<RunView, 'key'>;

/** As `viewDeltaSchema` of the protocol describes it. */
export interface ViewDelta {
  readonly head: Omit<MonitorView, 'runs'>;
  readonly order?: readonly string[];
  readonly whole: readonly RunView[];
  readonly changed: readonly RunPatch[];
}

/** Put onto `before`, it gives `after`; null for whoever has nothing yet. */
export function deltaOf(before: MonitorView | null, after: MonitorView): ViewDelta {
  const { runs, ...head } = after;
  const known = new Map((before?.runs ?? []).map((run) => [run.key, run]));
  const whole: RunView[] = [];
  const changed: RunPatch[] = [];
  for (const run of runs) {
    const old = known.get(run.key);
    if (old === run) continue;
    if (!old || !hasSameFields(old, run)) {
      whole.push(run);
      continue;
    }
    const fields = Object.entries(run).filter(
      ([name, value]) => !isDeepStrictEqual(value, old[name as keyof RunView]),
    );
    if (fields.length > 0) changed.push({ ...Object.fromEntries(fields), key: run.key });
  }
  const order = runs.map(({ key }) => key);
  const isSameOrder = isDeepStrictEqual(
    order,
    before?.runs.map(({ key }) => key),
  );
  return { head, ...(!isSameOrder && { order }), whole, changed };
}

/** A field that is there or not cannot be told by what it became. */
function hasSameFields(a: RunView, b: RunView): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => name in a);
}
