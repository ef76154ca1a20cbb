// `vd audit`: where the money of an account went by what the service charged, what burns now for nobody, and where
// bills differ from what was agreed. It only reads.
import { DAY_MS, formatDuration, formatIso, type MicroUsd } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { Charge, VastClient } from '../../../net/vast/index.ts';
import type { Install } from '../records/label.ts';
import { type Rental, reckonedCost } from '../records/rental.ts';
import { createRentalRecords } from '../records/rental-records.ts';
import { addParts, type ChargeParts, splitCharges } from './charge-split.ts';
import { nameOf } from './label-name.ts';
import { type PsFoot, readPs } from './read-ps.ts';
import { type BurnRow, whatBurns } from './what-burns.ts';

export interface AuditOptions {
  readonly client: Pick<VastClient, 'billing'>;
  readonly store: Store;
  readonly account: string;
  /** Charges come by whole days (UTC): the day of `sinceMs` counts whole. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly install?: Install;
  readonly signal?: AbortSignal;
}

/** Money is in integer micro-dollars; the rows add up to `total`, and its parts to its total. */
export interface Audit {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly total: ChargeParts;
  /** The dearest first. */
  readonly rows: readonly AuditRow[];
  readonly burning: readonly BurnRow[];
  /** Rentals of ours that began in the time, the largest difference first. */
  readonly drift: readonly DriftRow[];
  /** Sentences: what cannot be believed or was left out. */
  readonly remarks: readonly string[];
}

export interface AuditRow {
  /** As the service names it: `instance-123`, `volume-7`. */
  readonly source: string;
  readonly instanceId: number | undefined;
  readonly rentalId: string | undefined;
  readonly name: string;
  /** Undefined for what was never seen by this program. */
  readonly gpu: string | undefined;
  readonly isOurs: boolean;
  /** Whether it is there still, as far as the last listing goes. */
  readonly isThere: boolean;
  readonly parts: ChargeParts;
}

export interface DriftRow {
  readonly rentalId: string;
  readonly name: string;
  readonly instanceId: number;
  /** Agreed prices times the time that it was seen; without traffic, which is agreed by the GB. */
  readonly quoted: MicroUsd;
  /** Without traffic. */
  readonly billed: MicroUsd;
  readonly traffic: MicroUsd;
  /** Above 0: it was billed for more than was agreed. */
  readonly drift: MicroUsd;
  /** Of what was quoted; null of nothing. */
  readonly driftRatio: number | null;
  /** It is not over: charges come some minutes late. */
  readonly isOpen: boolean;
}

/** Throws what a read of the service throws. */
export async function audit(options: AuditOptions): Promise<Audit> {
  const { client, store, account, nowMs, signal } = options;
  const fromMs = Math.floor(options.sinceMs / DAY_MS) * DAY_MS;
  const { rows: charges, faults } = await client.billing.charges(
    { fromMs, toMs: nowMs },
    signal ? { signal } : {},
  );
  const rentals = await createRentalRecords(store).list({ account });
  const ps = await readPs(options);
  const there = new Map(ps.rows.map((row) => [row.id, row]));
  const byInstance = new Map(rentals.map((rental) => [rental.instanceId, rental]));
  const rows = [...Map.groupBy(charges, (charge) => charge.source ?? 'unknown')].map(([source, own]) => {
    const instanceId = source.startsWith('instance-') ? (own[0]?.contractId ?? undefined) : undefined;
    const rental = instanceId === undefined ? undefined : byInstance.get(instanceId);
    const row = instanceId === undefined ? undefined : there.get(instanceId);
    return {
      source,
      instanceId,
      rentalId: rental?.id,
      name: rental?.name ?? nameOf(labelOf(own)),
      gpu: row?.gpu ?? (rental?.terms && `${rental.terms.gpuCount}x ${rental.terms.gpuName}`),
      isOurs: rental !== undefined || row?.isOurs === true,
      isThere: row !== undefined,
      parts: splitCharges(own),
    };
  });
  const total = addParts(rows.map(({ parts }) => parts));
  const compared = rentals.filter((rental) => rental.createdAtMs >= fromMs);
  const early = rentals.filter((rental) => isBefore(rental, fromMs)).length;
  return {
    fromMs,
    untilMs: nowMs,
    total,
    rows: rows.sort((a, b) => b.parts.total - a.parts.total || (a.source < b.source ? -1 : 1)),
    burning: whatBurns(ps.rows),
    drift: driftOf(compared, new Map(rows.map((row) => [row.instanceId, row.parts])), nowMs),
    remarks: [
      ...faults.map((fault) => `The charges are not the whole: ${fault}`),
      ...viewRemarks(ps.foot),
      ...(early > 0
        ? [
            `${early} ${early === 1 ? 'rental' : 'rentals'} began before ${formatIso(fromMs)}: what was agreed is not compared with bills of a part`,
          ]
        : []),
    ],
  };
}

/** Listings come each half minute while somebody watches. */
const VIEW_OLD_AFTER_MS = 10 * 60_000;

function viewRemarks({ isViewComplete, viewReason, viewAgeMs }: PsFoot): readonly string[] {
  if (!isViewComplete) return [`What is there now is not known for sure: ${viewReason}`];
  if (viewAgeMs === null || viewAgeMs <= VIEW_OLD_AFTER_MS) return [];
  return [`What is there now was last seen ${formatDuration(viewAgeMs)} ago`];
}

function isBefore(rental: Rental, fromMs: number): boolean {
  return rental.createdAtMs < fromMs && rental.terms !== undefined && (rental.goneAtMs ?? fromMs) >= fromMs;
}

function labelOf(charges: readonly Charge[]): string {
  return charges.find(({ label }) => label !== null)?.label ?? '';
}

function driftOf(
  rentals: readonly Rental[],
  partsOf: ReadonlyMap<number | undefined, ChargeParts>,
  nowMs: number,
): readonly DriftRow[] {
  return rentals
    .flatMap((rental): DriftRow[] => {
      const { instanceId } = rental;
      const parts = instanceId === undefined ? undefined : partsOf.get(instanceId);
      if (instanceId === undefined || !parts) return [];
      const quoted = reckonedCost(rental, billedUntil(rental, nowMs));
      const traffic = (parts.download + parts.upload) as MicroUsd;
      const billed = (parts.total - traffic) as MicroUsd;
      const drift = (billed - quoted) as MicroUsd;
      return [
        {
          rentalId: rental.id,
          name: rental.name,
          instanceId,
          quoted,
          billed,
          traffic,
          drift,
          driftRatio: quoted > 0 ? drift / quoted : null,
          isOpen: rental.status !== 'gone',
        },
      ];
    })
    .sort((a, b) => Math.abs(b.drift) - Math.abs(a.drift) || (a.rentalId < b.rentalId ? -1 : 1));
}

/** The service bills to the destroy, not to the listing that shows it. */
function billedUntil({ destroyAskedAtMs, goneAtMs }: Rental, nowMs: number): number {
  return destroyAskedAtMs ?? goneAtMs ?? nowMs;
}
