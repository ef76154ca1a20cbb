// One line of `vd ps`: an instance of the account, ours or not, or a rental that has none yet.

import type { Instance } from '../../../net/vast/index.ts';
import { isRed } from '../ending/is-red.ts';
import { ENDING_POLICY } from '../ending/policy.ts';
import type { InstanceEndRow } from '../ending/tables.ts';
import { type Install, readLabel } from '../records/label.ts';
import type { Rental } from '../records/rental.ts';
import type { AccountInstanceRow } from '../records/tables.ts';
import type { InstanceStatus } from '../watcher/index.ts';
import { hasOurForm, nameOf } from './label-name.ts';
import { judgeInstance, type Verdict } from './verdict.ts';

/** Dollars. Null: not known. */
export interface PsRow {
  /** Of the instance; null while there is none that anybody has seen. */
  readonly id: number | null;
  readonly rentalId: string | undefined;
  readonly name: string;
  /** As commands take it: its name where that is unique, else its id. */
  readonly ref: string;
  /** `2x RTX 4090` */
  readonly gpu: string | undefined;
  /** Of the instance, as the watcher says; of a rental without one, its status. */
  readonly state: string;
  readonly stateSinceMs: number;
  /** GPUs and disk while it runs, its disk alone while it does not. */
  readonly usdPerHour: number | null;
  /** Of 720 hours. */
  readonly diskUsdPerMonth: number | null;
  readonly idleSinceMs: number | null;
  /** The last login through this program. */
  readonly lastSshMs: number | null;
  readonly contractEndMs: number | null;
  /** `job x`, `vd rent`, `fleet x`, `adopted`, `foreign`, `other install`, `lost record`. */
  readonly madeBy: string;
  readonly isOurs: boolean;
  readonly verdict: Verdict;
  readonly why: string;
  /** Until when money is set aside for its disk; undefined for what is not ours. */
  readonly paidUntilMs: number | undefined;
  /** When it is destroyed unless somebody takes it back. */
  readonly destroyAfterMs: number | undefined;
}

export interface PsSource {
  readonly listed: AccountInstanceRow | undefined;
  readonly rental: Rental | undefined;
  readonly end: InstanceEndRow | undefined;
  readonly install: Install | undefined;
  readonly nowMs: number;
}

const HOURS_A_MONTH = 720;
/** Whether its GPUs are billed; of one that nobody knows of, they may be. */
const IS_BILLED: readonly InstanceStatus[] = ['running', 'rebooting', 'unknown'];

export function psRow({ listed, rental, end, install, nowMs }: PsSource): Omit<PsRow, 'ref'> {
  // As JSON it has lost its secrets, which nobody needs here.
  const instance = listed && (JSON.parse(listed.listed) as Instance);
  // What we did to it since it was listed is newer than the listing.
  const isStoppedSince = rental?.status === 'stopped' && rental.sinceMs > (listed?.last_seen_at ?? 0);
  const status = isStoppedSince ? 'stopped' : (listed?.status as InstanceStatus | undefined);
  const statusSinceMs = isStoppedSince ? rental.sinceMs : (listed?.status_since ?? rental?.sinceMs ?? nowMs);
  const idleSinceMs = isStoppedSince ? null : (listed?.idle_since ?? null);
  const maker = madeBy(rental, listed?.label ?? '', install);
  const diskPerHour = diskUsdPerHour(instance, rental);
  const diskUsdPerMonth = diskPerHour === null ? null : diskPerHour * HOURS_A_MONTH;
  const judged = judgeInstance({
    nowMs,
    status,
    statusSinceMs,
    rentalStatus: rental?.status,
    isRed: end !== undefined && isRed(end, nowMs, ENDING_POLICY),
    missed: listed?.missed ?? 0,
    idleSinceMs,
    isGpuUseKnown: instance?.gpuUtilPercent !== null && instance?.gpuUtilPercent !== undefined,
    lastSshMs: listed?.last_ssh_at ?? null,
    diskUsdPerMonth,
  });
  return {
    id: listed?.instance_id ?? rental?.instanceId ?? null,
    rentalId: rental?.id,
    name: rental?.name ?? nameOf(listed?.label ?? ''),
    gpu: gpuOf(instance, rental),
    state: status ?? rental?.status ?? 'unknown',
    stateSinceMs: statusSinceMs,
    usdPerHour: usdPerHour({ instance, rental, status, diskPerHour }),
    diskUsdPerMonth,
    idleSinceMs,
    lastSshMs: listed?.last_ssh_at ?? null,
    contractEndMs: instance?.endsAtMs ?? rental?.terms?.contractEndsAtMs ?? null,
    ...maker,
    ...judged,
    paidUntilMs: rental && rental.prepaidUntilMs + ENDING_POLICY.storageTailMs,
    destroyAfterMs: rental?.destroyAfterMs,
  };
}

function madeBy(
  rental: Rental | undefined,
  label: string,
  install: Install | undefined,
): Pick<PsRow, 'madeBy' | 'isOurs'> {
  if (rental) return { madeBy: makerOf(rental), isOurs: true };
  const ownership = install ? readLabel(install, label).kind : undefined;
  if (ownership === 'ours') return { madeBy: 'lost record', isOurs: true };
  const isOther = ownership === undefined ? hasOurForm(label) : ownership === 'other-install';
  return { madeBy: isOther ? 'other install' : 'foreign', isOurs: false };
}

function makerOf({ kind, name, launch }: Rental): string {
  switch (kind) {
    case 'box':
      return 'vd rent';
    case 'job':
      return `job ${launch.scopes.job ?? name}`;
    case 'fleet':
      return `fleet ${launch.scopes.fleet ?? name}`;
    case 'adopted':
      return 'adopted';
  }
}

function gpuOf(instance: Instance | undefined, rental: Rental | undefined): string | undefined {
  const name = instance?.gpuName ?? rental?.terms?.gpuName;
  const count = instance?.gpuCount ?? rental?.terms?.gpuCount;
  if (name === undefined || name === null) return undefined;
  return count === undefined || count === null ? name : `${count}x ${name}`;
}

function diskUsdPerHour(instance: Instance | undefined, rental: Rental | undefined): number | null {
  if (!instance) return rental?.terms?.diskPricePerHour ?? null;
  const { diskGb, storagePricePerGbMonth } = instance;
  if (diskGb === null || storagePricePerGbMonth === null) return rental?.terms?.diskPricePerHour ?? null;
  return (diskGb * storagePricePerGbMonth) / HOURS_A_MONTH;
}

function usdPerHour({
  instance,
  rental,
  status,
  diskPerHour,
}: {
  readonly instance: Instance | undefined;
  readonly rental: Rental | undefined;
  readonly status: InstanceStatus | undefined;
  readonly diskPerHour: number | null;
}): number | null {
  if (status === undefined) return rental?.status === 'intended' ? 0 : diskPerHour;
  if (!IS_BILLED.includes(status)) return diskPerHour;
  return instance?.pricePerHour ?? rental?.terms?.pricePerHour ?? null;
}
