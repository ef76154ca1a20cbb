// What the service says that it charged, for the caps on the account: another install on it spends the same money.
import { windowStart } from '../../../base/ledger/index.ts';
import { microUsd } from '../../../base/std/index.ts';
import type { Renting } from '../../app/index.ts';

type Parts = Pick<Renting, 'ledger' | 'client' | 'account'>;

/** Asks once for each cap on this account; returns how many were asked for. Throws the errors of a read. */
export async function recordAccountCharges(
  { ledger, client, account }: Parts,
  nowMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const rows = await ledger.budget();
  const windows = new Set(
    rows
      .filter((row) => row.scope === 'account' && row.value === account.account)
      .map(({ window }) => window),
  );
  for (const window of windows) {
    const windowStartMs = windowStart({ window, atMs: nowMs, timeZone: ledger.timeZone });
    const { rows: charges } = await client.billing.charges(
      { fromMs: windowStartMs, toMs: nowMs },
      signal ? { signal } : {},
    );
    const byReference: Record<string, number> = {};
    for (const { source, amountUsd } of charges) {
      const name = source ?? 'unnamed';
      byReference[name] = (byReference[name] ?? 0) + amountUsd;
    }
    const amounts = Object.entries(byReference).map(
      ([name, dollars]) => [name, microUsd(Math.max(0, dollars))] as const,
    );
    await ledger.recordCharges({
      account: account.account,
      windowStartMs,
      untilMs: Math.trunc(nowMs),
      total: microUsd(amounts.reduce((sum, [, amount]) => sum + amount, 0) / 1e6),
      byReference: Object.fromEntries(amounts),
    });
  }
  return windows.size;
}
