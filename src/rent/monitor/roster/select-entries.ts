// Which runs somebody wants to see, by whatever they call them.
import type { NamedRun } from '../monitor-options.ts';
import type { RunEntry } from './run-entry.ts';

/** By which a run may be meant. */
export type Named = Pick<RunEntry, 'key' | 'instanceId' | 'jobId' | 'rentalId' | 'name' | 'label' | 'group'>;

export interface Selection<Entry> {
  readonly entries: readonly Entry[];
  /** What nothing is called. */
  readonly unmatched: readonly string[];
}

/** All where nothing is named. A whole id or name goes before the beginning of one; a group takes all of its runs. */
export function selectEntries<Entry extends Named>(
  entries: readonly Entry[],
  wanted: readonly string[],
): Selection<Entry> {
  if (wanted.length === 0) return { entries, unmatched: [] };
  const chosen = new Set<Entry>();
  const unmatched: string[] = [];
  for (const word of wanted) {
    const whole = entries.filter((entry) => namesOf(entry).includes(word));
    const found =
      whole.length > 0
        ? whole
        : entries.filter((entry) => namesOf(entry).some((name) => name.startsWith(word)));
    if (found.length === 0) unmatched.push(word);
    for (const entry of found) chosen.add(entry);
  }
  return { entries: entries.filter((entry) => chosen.has(entry)), unmatched };
}

/** The word before the underscore of an id says nothing. */
export function namesOf({ key, instanceId, jobId, rentalId, name, label, group }: Named): readonly string[] {
  const ids = [jobId, rentalId].flatMap((id) => (id === null ? [] : [id, id.replace(/^[a-z]+_/, '')]));
  return [key, instanceId === null ? '' : String(instanceId), ...ids, name, label, group ?? ''].filter(
    (each) => each !== '',
  );
}

/** As a person's rules know it; its group is that of its job, if any. */
export function namedRun(entry: Named): NamedRun {
  const { group } = entry;
  return { names: namesOf({ ...entry, group: null }), ...(group !== null && { group }) };
}
