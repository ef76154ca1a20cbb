// What the marketplace charged for an ended rental, once it tells; until then what our own clock and the agreed
// price come to. One reading of the account's charges serves all bills that are due.
import { ReservationEndedError } from '../../../base/ledger/index.ts';
import { DAY_MS, formatUsd, type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Charge, ChargeItem } from '../../../net/vast/index.ts';
import { type Receipt, type Rental, RentalChangedError } from '../records/index.ts';
import type { EndingContext } from './context.ts';
import { dueBills, writeEnd } from './instance-ends.ts';
import type { InstanceEndRow } from './tables.ts';

export type Charged = NonNullable<Receipt['charged']>;

const ASK_AGAIN_MS = 5 * 60_000;

/** Asks for every bill that is due; failures are logged and asked again. */
export async function billDue(context: EndingContext): Promise<void> {
  const { clock, records, log } = context;
  const rows = await dueBills(context, clock.now());
  if (rows.length === 0) return;
  const bills: { readonly row: InstanceEndRow; readonly rental: Rental }[] = [];
  for (const row of rows) {
    const rental = row.rental_id === null ? undefined : await records.get(row.rental_id);
    if (rental) bills.push({ row, rental });
    else await saveRow(context, { ...row, bill_at: null });
  }
  if (bills.length === 0) return;
  const fromMs = Math.min(...bills.map(({ rental }) => rental.createdAtMs));
  const charges = await readCharges(context, fromMs);
  for (const { row, rental } of bills) {
    try {
      await closeBill(context, { row, rental, charged: charges?.get(row.instance_id) });
    } catch (error) {
      // Somebody else closed it at the same moment; what is left is found at the next turn.
      if (!(error instanceof RentalChangedError)) throw error;
      log.debug('a bill was closed by another process', { rental: rental.id });
    }
  }
}

/** By instance; undefined while they cannot be told. */
async function readCharges(
  { client, clock, log }: EndingContext,
  fromMs: number,
): Promise<ReadonlyMap<number, Charged> | undefined> {
  try {
    const { rows, faults } = await client.billing.charges(
      { fromMs: Math.floor(fromMs / DAY_MS) * DAY_MS, toMs: clock.now(), types: ['instance'] },
      { priority: 'controller' },
    );
    if (faults.length === 0) return sumCharges(rows);
    log.warn('charges cannot be believed', { reason: faults[0] });
  } catch (error) {
    log.warn('charges could not be read', { error });
  }
  return undefined;
}

export function sumCharges(rows: readonly Charge[]): ReadonlyMap<number, Charged> {
  const sums = new Map<number, Charged>();
  for (const row of rows) {
    if (row.contractId === null) continue;
    const before = sums.get(row.contractId) ?? { gpu: 0, disk: 0, bandwidth: 0 };
    const disk = sumOf(row, ['disk']);
    const bandwidth = sumOf(row, ['bwd', 'bwu']);
    sums.set(row.contractId, {
      // Whatever is of no other kind, so that the sum is the charge.
      gpu: before.gpu + row.amountUsd - disk - bandwidth,
      disk: before.disk + disk,
      bandwidth: before.bandwidth + bandwidth,
    });
  }
  return sums;
}

function sumOf({ type, amountUsd, items }: ChargeItem, types: readonly string[]): number {
  if (type !== null && types.includes(type)) return amountUsd;
  return items.reduce((sum, item) => sum + sumOf(item, types), 0);
}

export function totalOf({ gpu, disk, bandwidth }: Charged): MicroUsd {
  return microUsd(Math.max(0, gpu + disk + bandwidth));
}

async function closeBill(
  context: EndingContext,
  {
    row,
    rental,
    charged,
  }: { readonly row: InstanceEndRow; readonly rental: Rental; readonly charged: Charged | undefined },
): Promise<void> {
  const { clock, records, policy } = context;
  const { receipt } = rental;
  if (!receipt) return await saveRow(context, { ...row, bill_at: null });
  const nowMs = Math.trunc(clock.now());
  const ageMs = nowMs - receipt.seenGoneAtMs;
  const isLate = ageMs >= policy.billWaitMs;
  const isLast = ageMs >= policy.billAgainMs;
  if (!charged && !isLate) return await saveRow(context, { ...row, bill_at: nowMs + ASK_AGAIN_MS });
  const cost = charged ? totalOf(charged) : microUsd(receipt.reckonedUsd);
  const isSettled = row.is_settled === 1 || (await settle(context, rental, cost));
  // Told once, it is looked at once more: some kinds of charges come later than others.
  const nextAt = isLast ? null : charged ? receipt.seenGoneAtMs + policy.billAgainMs : nowMs + ASK_AGAIN_MS;
  const next = { ...row, is_settled: isSettled ? 1 : 0, bill_at: isLast ? null : nextAt };
  if (!charged || isSame(charged, receipt.charged)) return await saveRow(context, next);
  const words = receipt.charged
    ? `the bill was corrected from ${formatUsd(totalOf(receipt.charged) / 1e6)} to ${formatUsd(cost / 1e6)}`
    : `the bill is ${formatUsd(cost / 1e6)}`;
  const change = { receipt: { ...receipt, charged } };
  await records.change(rental, change, { bill: words, charged }, (trx) => writeEnd(trx, next));
}

/** False for a rental that has no reservation to settle. */
async function settle({ ledger, log }: EndingContext, rental: Rental, cost: MicroUsd): Promise<boolean> {
  if (rental.reservationId === undefined) return false;
  try {
    await ledger.settle(rental.reservationId, cost);
  } catch (error) {
    if (!(error instanceof ReservationEndedError)) throw error;
    log.warn('a rental was settled already, with another cost', { rental: rental.id, cost, error });
  }
  return true;
}

function isSame(a: Charged, b: Charged | undefined): boolean {
  return b !== undefined && totalOf(a) === totalOf(b) && a.gpu === b.gpu && a.disk === b.disk;
}

async function saveRow({ store }: EndingContext, row: InstanceEndRow): Promise<void> {
  await store.transaction((trx) => writeEnd(trx, row));
}
