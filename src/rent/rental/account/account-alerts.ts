// What people are to be told of an account as it is now. Pure; whoever takes the alerts sees to it that each is told
// once and repeated in time.
import { HOUR_MS } from '../../../base/std/index.ts';
import {
  type Alert,
  type AlertContext,
  contractEndAlert,
  creditRunwayAlert,
  forgottenAlert,
  hostDownAlert,
  parkedAlert,
  priceIncreaseAlert,
} from '../../../net/notify/index.ts';
import type { PriceIncrease } from '../../../net/vast/index.ts';
import type { PsRow } from './ps-row.ts';
import type { PsFoot } from './read-ps.ts';

export interface AlertFacts extends AlertContext {
  readonly foot: Pick<PsFoot, 'creditUsd' | 'creditEndsAtMs' | 'burnPerHour'>;
  /** Pending, as the service lists them. */
  readonly priceIncreases?: readonly PriceIncrease[];
}

/** Told from this long before the credit ends: a night and the working day before it. */
export const CREDIT_WARNING_MS = 24 * HOUR_MS;
/** A host that is away for less comes back by itself, as a rule. */
export const HOST_DOWN_AFTER_MS = 10 * 60_000;

/** By machine in the order of the rows, then those of the account. */
export function accountAlerts(rows: readonly PsRow[], facts: AlertFacts): readonly Alert[] {
  return [
    ...rows.flatMap((row) => rowAlerts(row, facts)),
    ...creditAlerts(rows, facts),
    ...increases(rows, facts),
  ];
}

function rowAlerts(row: PsRow, context: AlertFacts): readonly Alert[] {
  const { atMs } = context;
  const machine = machineOf(row);
  const alerts: (Alert | undefined)[] = [];
  if (row.verdict === 'parked') {
    const parked = {
      diskUsdPerMonth: row.diskUsdPerMonth ?? undefined,
      sinceMs: row.stateSinceMs,
      paidUntilMs: row.paidUntilMs,
    };
    alerts.push(parkedAlert({ ...machine, ...parked }, context));
  }
  if (row.verdict === 'forgotten?' && row.idleSinceMs !== null) {
    const idle = {
      usdPerHour: row.usdPerHour ?? undefined,
      idleSinceMs: row.idleSinceMs,
      idleUsd: row.usdPerHour === null ? undefined : (row.usdPerHour * (atMs - row.idleSinceMs)) / HOUR_MS,
      madeBy: row.isOurs ? ('us' as const) : ('others' as const),
    };
    alerts.push(forgottenAlert({ ...machine, ...idle }, context));
  }
  if (row.verdict === 'lost' && row.state === 'lost' && atMs - row.stateSinceMs >= HOST_DOWN_AFTER_MS) {
    const down = { sinceMs: row.stateSinceMs, usdPerHour: row.usdPerHour ?? undefined, reason: row.why };
    alerts.push(hostDownAlert({ ...machine, ...down }, context));
  }
  // What is being destroyed needs no warning that its host may delete it.
  if (row.contractEndMs !== null && row.verdict !== 'ending' && row.verdict !== 'red') {
    alerts.push(contractEndAlert({ ...machine, endsAtMs: row.contractEndMs }, context));
  }
  return alerts.filter((alert) => alert !== undefined);
}

function machineOf({ ref, gpu, id, rentalId }: PsRow) {
  return { key: rentalId ?? String(id), ref, gpu, instanceId: id ?? undefined };
}

function creditAlerts(rows: readonly PsRow[], context: AlertFacts): readonly Alert[] {
  const { creditUsd, creditEndsAtMs, burnPerHour } = context.foot;
  if (creditUsd === null || creditEndsAtMs === null || burnPerHour <= 0) return [];
  const leftMs = creditEndsAtMs - context.atMs;
  if (leftMs > CREDIT_WARNING_MS) return [];
  const machines = rows.filter(({ usdPerHour }) => usdPerHour !== null && usdPerHour > 0).length;
  // As it is by now, at this rate, and not as it was when it was told.
  const leftUsd = Math.max(0, (burnPerHour * leftMs) / HOUR_MS);
  return [creditRunwayAlert({ creditUsd: leftUsd, usdPerHour: burnPerHour, machines }, context)];
}

function increases(rows: readonly PsRow[], context: AlertFacts): readonly Alert[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return (context.priceIncreases ?? []).flatMap((increase) => {
    const oldUsdPerHour = hourly(increase.before);
    const newUsdPerHour = hourly(increase.after);
    // Traffic alone has become dearer, or the service does not say: no price an hour to tell of.
    if (oldUsdPerHour === undefined || newUsdPerHour === undefined || newUsdPerHour <= oldUsdPerHour)
      return [];
    const row = byId.get(increase.instanceId);
    const ref = String(increase.instanceId);
    const machine = row ? machineOf(row) : { key: ref, ref, gpu: undefined, instanceId: increase.instanceId };
    const effectiveAtMs = increase.endsAtMs ?? undefined;
    return [priceIncreaseAlert({ ...machine, oldUsdPerHour, newUsdPerHour, effectiveAtMs }, context)];
  });
}

function hourly({ gpuPricePerHour, diskPricePerHour }: PriceIncrease['before']): number | undefined {
  return gpuPricePerHour === null ? undefined : gpuPricePerHour + (diskPricePerHour ?? 0);
}
