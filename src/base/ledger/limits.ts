// The rows of limits: set, removed, and read so that a row that makes no sense forbids spending.
import { checkScope, faultOfAmount, faultOfScope } from './caps.ts';
import { UnreadableLimitError } from './errors.ts';
import { shellWord, toRow, toScope } from './scopes.ts';
import type { LedgerDb, LedgerTables, LedgerTransaction } from './tables.ts';
import { type CapScope, LIMIT_TYPES, type LimitRow, type LimitType } from './types.ts';

/** All limits, by name. Throws UnreadableLimitError on the first that is none. */
export async function readLimits(db: LedgerDb): Promise<LimitRow[]> {
  const rows = await db.selectFrom('ledger_limits').selectAll().orderBy('name').execute();
  return rows.map(parseLimit);
}

function parseLimit(row: LedgerTables['ledger_limits']): LimitRow {
  const fault = faultOfScope(row) ?? faultOfRule(row) ?? faultOfAmount(row.limit_amount);
  if (fault !== undefined) {
    throw new UnreadableLimitError(`limit ${row.name}`, {
      what: fault,
      remedy: `remove it with: vd budget limit remove ${shellWord(row.name)}`,
    });
  }
  return {
    name: row.name,
    type: row.type as LimitType,
    limit: row.limit_amount,
    enforce: row.enforce === 1,
    timeWindowMs: row.time_window_ms,
    of: toScope(row.scope as CapScope, row.value),
    setBy: row.set_by,
    setAtMs: row.set_at,
  };
}

function faultOfRule(row: {
  readonly type: string;
  readonly enforce: number;
  readonly time_window_ms: number;
}): string | undefined {
  if (!LIMIT_TYPES.some((known) => known === row.type)) return `its type is "${row.type}"`;
  if (row.enforce !== 0 && row.enforce !== 1) return `its enforce is ${row.enforce}`;
  const isRolling = row.type === 'daily-loss' || row.type === 'frequency';
  if (!Number.isSafeInteger(row.time_window_ms) || row.time_window_ms < (isRolling ? 1 : 0)) {
    return `its time window is ${row.time_window_ms} ms`;
  }
  return undefined;
}

/** Throws RangeError on what cannot be a limit. */
export async function writeLimit(trx: LedgerTransaction, limit: LimitRow): Promise<void> {
  checkScope(limit.of);
  const values = {
    name: limit.name,
    type: limit.type,
    limit_amount: limit.limit,
    enforce: limit.enforce ? 1 : 0,
    time_window_ms: limit.timeWindowMs,
    ...toRow(limit.of),
    set_by: limit.setBy,
    set_at: limit.setAtMs,
  };
  const fault =
    (limit.name === '' ? 'it has no name' : undefined) ?? faultOfRule(values) ?? faultOfAmount(limit.limit);
  if (fault !== undefined) {
    throw new RangeError(
      `The limit ${limit.name} cannot be set (${fault}); a limit is one of ${LIMIT_TYPES.join(', ')}, a whole number of 0 or more, and a time window of whole milliseconds, above 0 for daily-loss and frequency`,
    );
  }
  await trx
    .insertInto('ledger_limits')
    .values(values)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
}

/** False when there was none. */
export async function deleteLimit(trx: LedgerTransaction, name: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('ledger_limits')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** The command that sets a limit's figure. */
export function limitCommand(name: string, figure: string): string {
  return `vd budget limit set ${shellWord(name)} ${figure}`;
}
