// From the word that a person types to one instance as it is now, and the rental that stands for it.

import { formatUsd } from '../../base/std/index.ts';
import type { Instance } from '../../net/vast/index.ts';
import {
  NoSuchTargetError,
  type Rental,
  readLabel,
  resolveInstance,
  type Target,
} from '../../rent/rental/index.ts';
import type { Renting } from '../app/index.ts';
import { NotFoundError } from './errors.ts';

export interface OneInstance {
  readonly instance: Instance;
  readonly rental: Rental | undefined;
  /** As a person would type it, with the id: `box-1 (20000001)`. */
  readonly shown: string;
  /** Nothing proves it ours; commands that destroy ask twice. */
  readonly isForeign: boolean;
}

/**
 * Names are looked up in the store, and in a new listing when the store has none of that name; the instance itself is
 * asked for by its id. Throws NoSuchTargetError, AmbiguousTargetError, NotFoundError, and the service's errors.
 */
export async function findInstance(
  renting: Pick<Renting, 'store' | 'account' | 'watcher' | 'records' | 'install'>,
  name: string,
  signal?: AbortSignal,
): Promise<OneInstance> {
  const target = await findTarget(renting, name, signal);
  const rental = target.rentalId === undefined ? undefined : await renting.records.get(target.rentalId);
  const { instanceId } = target;
  if (instanceId === undefined) {
    throw new NotFoundError(
      `${target.name || target.rentalId} has no instance: it is ${rental?.status ?? 'unknown'} (${rental?.reason ?? ''}); "vastdeck why ${target.name || target.rentalId}" tells more`,
    );
  }
  const instance = await renting.watcher.lookup(instanceId, signal);
  if (!instance) {
    throw new NotFoundError(
      `${shownOf(target)} is gone: the service has nothing under its id; "vastdeck ps --refresh" shows what is there`,
    );
  }
  const isOurs = rental !== undefined || readLabel(renting.install, instance.label).kind === 'ours';
  return { instance, rental, shown: shownOf(target), isForeign: !isOurs };
}

/** As `findInstance`, for what needs no instance. */
export async function findTarget(
  { store, account, watcher }: Pick<Renting, 'store' | 'account' | 'watcher'>,
  name: string,
  signal?: AbortSignal,
): Promise<Target> {
  const options = { store, account: account.account };
  try {
    return await resolveInstance(name, options);
  } catch (error) {
    if (!(error instanceof NoSuchTargetError)) throw error;
    // It may have been made a moment ago, by another program.
    await watcher.refresh({ signal });
    return await resolveInstance(name, options);
  }
}

function shownOf({ name, instanceId, rentalId }: Target): string {
  const id = String(instanceId ?? rentalId ?? '');
  return name === '' || name === id ? `instance ${id}` : `${name} (${id})`;
}

export interface InstancePrices {
  /** GPUs and disk while it runs; null where the service does not say. */
  readonly runningPerHour: number | null;
  readonly diskPerHour: number | null;
}

const HOURS_A_MONTH = 720;

export function pricesOf({ pricePerHour, diskGb, storagePricePerGbMonth }: Instance): InstancePrices {
  const isDiskKnown = diskGb !== null && storagePricePerGbMonth !== null;
  return {
    runningPerHour: pricePerHour,
    diskPerHour: isDiskKnown ? (diskGb * storagePricePerGbMonth) / HOURS_A_MONTH : null,
  };
}

/** `$0.412/h`, or that nobody knows. */
export function perHour(dollars: number | null): string {
  return dollars === null ? 'an unknown price' : `${formatUsd(dollars)}/h`;
}

/** `$1.50 a month`. */
export function perMonth(dollarsPerHour: number | null): string {
  return dollarsPerHour === null
    ? 'at a price that is not known'
    : `${formatUsd(dollarsPerHour * HOURS_A_MONTH)} a month`;
}

/** `1x RTX 4090` */
export function gpuOf({ gpuName, gpuCount }: Instance): string {
  return gpuName === null ? 'an unknown GPU' : `${gpuCount ?? '?'}x ${gpuName}`;
}
