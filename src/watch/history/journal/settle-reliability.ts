// Reliability belongs to a machine, so it is kept once a machine. Where offers of one machine disagree within a poll,
// most of them decide, and the others are exceptions.
import type { Machine } from './open-line.ts';
import { NO_EXCEPTION } from './schema.ts';

export interface SeenRow {
  readonly machine: Machine;
  /** As observed, cleaned. */
  readonly reliability: number | null;
}

export interface Settled<Row extends SeenRow> {
  readonly machine: Machine;
  readonly reliability: number | null;
  /** Every seen row of the machine with its exception, or `NO_EXCEPTION`. */
  readonly rows: readonly { readonly row: Row; readonly exception: number | null }[];
}

/**
 * The new reliability of each machine among `rows`: the value that most rows show; of equally many the one that the
 * machine has, then the highest. Pure, and independent of the order of rows.
 */
export function settleReliability<Row extends SeenRow>(rows: readonly Row[]): Settled<Row>[] {
  const byMachine = new Map<Machine, Row[]>();
  for (const row of rows) {
    const group = byMachine.get(row.machine);
    if (group) group.push(row);
    else byMachine.set(row.machine, [row]);
  }
  return [...byMachine].map(([machine, group]) => {
    const reliability = mostShown(machine, group);
    return {
      machine,
      reliability,
      rows: group.map((row) => ({
        row,
        exception: row.reliability === reliability ? NO_EXCEPTION : row.reliability,
      })),
    };
  });
}

function mostShown(machine: Machine, rows: readonly SeenRow[]): number | null {
  const votes = new Map<number | null, number>();
  for (const { reliability } of rows) votes.set(reliability, (votes.get(reliability) ?? 0) + 1);
  let best: { value: number | null; count: number } | undefined;
  for (const [value, count] of votes) {
    if (!best || count > best.count || (count === best.count && isPreferred(machine, value, best.value))) {
      best = { value, count };
    }
  }
  return best?.value ?? null;
}

function isPreferred(machine: Machine, value: number | null, to: number | null): boolean {
  if (machine.isKnown && to === machine.reliability) return false;
  if (machine.isKnown && value === machine.reliability) return true;
  return (value ?? NO_EXCEPTION) > (to ?? NO_EXCEPTION);
}
