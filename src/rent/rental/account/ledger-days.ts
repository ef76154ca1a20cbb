// What the ledger says of an account since a midnight.
import { type Ledger, windowStart } from '../../../base/ledger/index.ts';
import { DAY_MS } from '../../../base/std/index.ts';

export async function spentSince(
  ledger: Pick<Ledger, 'costs'>,
  { account, sinceMs }: { readonly account: string; readonly sinceMs: number },
): Promise<number> {
  const rows = await ledger.costs({ by: 'account', sinceMs });
  return (rows.find(({ value }) => value === account)?.spent ?? 0) / 1e6;
}

export function spentToday(
  ledger: Pick<Ledger, 'costs' | 'timeZone'>,
  { account, nowMs }: { readonly account: string; readonly nowMs: number },
): Promise<number> {
  const sinceMs = windowStart({ window: 'day', atMs: nowMs, timeZone: ledger.timeZone });
  return spentSince(ledger, { account, sinceMs });
}

/** The month around `nowMs` in the ledger's zone. */
export function monthAround(
  { timeZone }: Pick<Ledger, 'timeZone'>,
  nowMs: number,
): { readonly fromMs: number; readonly untilMs: number } {
  const fromMs = windowStart({ window: 'month', atMs: nowMs, timeZone });
  // The 33rd day from the first lies in the next month, whatever the clocks do.
  return { fromMs, untilMs: windowStart({ window: 'month', atMs: fromMs + 32.5 * DAY_MS, timeZone }) };
}
