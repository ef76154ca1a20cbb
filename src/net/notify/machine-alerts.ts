// Alerts about one machine, from plain figures: parked, red list, forgotten, unreachable, contract end.
import { formatDuration, HOUR_MS } from '../../base/std/index.ts';
import type { Alert } from './alert.ts';
import {
  type AlertContext,
  clockTime,
  command,
  hoursOrDays,
  known,
  type MachineFigures,
  machineName,
  money,
  perHour,
} from './phrases.ts';

export interface ParkedFigures extends MachineFigures {
  readonly key: string;
  /** Dollars a month of its disk. */
  readonly diskUsdPerMonth: number | undefined;
  readonly sinceMs: number;
  /** When the money that was set aside for it ends; undefined where there is none. */
  readonly paidUntilMs: number | undefined;
}

/** A stopped machine that still costs: `info` while its storage is paid for, `warning` after. */
export function parkedAlert(figures: ParkedFigures, context: AlertContext): Alert {
  const { key, ref, diskUsdPerMonth, sinceMs, paidUntilMs } = figures;
  const isPaid = paidUntilMs !== undefined && paidUntilMs > context.atMs;
  const paid = isPaid
    ? `Money is set aside for it until ${clockTime(paidUntilMs, context)}.`
    : 'No money is set aside for it any more.';
  return {
    key: `parked:${key}`,
    kind: 'parked',
    severity: isPaid ? 'info' : 'warning',
    title: `${ref} is parked and costs ${money(diskUsdPerMonth)}/month`,
    body: `${machineName(figures)} is stopped since ${clockTime(sinceMs, context)} (${formatDuration(context.atMs - sinceMs)}); its disk is billed until it is destroyed. ${paid}`,
    figures: {
      instanceId: known(figures.instanceId),
      diskUsdPerMonth: known(diskUsdPerMonth),
      sinceMs,
      paidUntilMs: known(paidUntilMs),
    },
    atMs: context.atMs,
    actions: [command('destroy it', 'vd rm --now', ref), command('start it again', 'vd start', ref)],
  };
}

export interface RedListFigures extends MachineFigures {
  readonly key: string;
  readonly usdPerHour: number | undefined;
  /** Of the first try to destroy it. */
  readonly sinceMs: number;
  readonly tries: number;
  /** What the last try came to, as a sentence without a full stop. */
  readonly reason: string;
}

/** What should be gone and is not. */
export function redListAlert(figures: RedListFigures, context: AlertContext): Alert {
  const { key, ref, usdPerHour, sinceMs, tries, reason } = figures;
  return {
    key: `red-list:${key}`,
    kind: 'red-list',
    severity: 'critical',
    title: `${ref} cannot be destroyed and costs ${perHour(usdPerHour)}`,
    body: `${machineName(figures)} should be gone since ${clockTime(sinceMs, context)}; ${tries} ${tries === 1 ? 'try' : 'tries'} to destroy it, the last: ${reason}. It is tried further. If it stays, destroy it on Vast.ai's own page: https://cloud.vast.ai/instances/`,
    figures: { instanceId: known(figures.instanceId), usdPerHour: known(usdPerHour), sinceMs, tries },
    atMs: context.atMs,
    actions: [command('see why', 'vd why', ref), command('try now', 'vd rm --now', ref)],
  };
}

export interface ForgottenFigures extends MachineFigures {
  readonly key: string;
  readonly usdPerHour: number | undefined;
  /** Since when nothing has used its GPUs. */
  readonly idleSinceMs: number;
  /** Dollars that it has cost since then. */
  readonly idleUsd: number | undefined;
  /** Ours, or made by somebody else on the account: of those we only warn. */
  readonly madeBy: 'us' | 'others';
}

export function forgottenAlert(figures: ForgottenFigures, context: AlertContext): Alert {
  const { key, ref, usdPerHour, idleSinceMs, idleUsd, madeBy } = figures;
  const idle = formatDuration(context.atMs - idleSinceMs);
  const foreign = madeBy === 'others' ? ' It was not made by vastdeck, which leaves it alone.' : '';
  return {
    key: `forgotten:${key}`,
    kind: 'forgotten',
    severity: 'warning',
    title: `${ref} is idle for ${idle} and costs ${perHour(usdPerHour)}: forgotten?`,
    body: `${machineName(figures)} has not used its GPU since ${clockTime(idleSinceMs, context)}; that was ${money(idleUsd)} for nothing.${foreign}`,
    figures: {
      instanceId: known(figures.instanceId),
      usdPerHour: known(usdPerHour),
      idleSinceMs,
      idleUsd: known(idleUsd),
      madeBy,
    },
    atMs: context.atMs,
    actions: [
      command('look at it', 'vd ssh', ref),
      command('stop it (its disk still costs)', 'vd stop', ref),
      command('destroy it', 'vd rm', ref),
    ],
  };
}

export interface HostDownFigures extends MachineFigures {
  readonly key: string;
  readonly sinceMs: number;
  readonly usdPerHour: number | undefined;
  readonly reason: string;
}

export function hostDownAlert(figures: HostDownFigures, context: AlertContext): Alert {
  const { key, ref, sinceMs, usdPerHour, reason } = figures;
  return {
    key: `host-down:${key}`,
    kind: 'host-down',
    severity: 'warning',
    title: `${ref} does not answer since ${clockTime(sinceMs, context)}`,
    body: `${machineName(figures)}, ${perHour(usdPerHour)}: ${reason}.`,
    figures: { instanceId: known(figures.instanceId), usdPerHour: known(usdPerHour), sinceMs },
    atMs: context.atMs,
    actions: [command('see why', 'vd why', ref), command('reboot it', 'vd reboot', ref)],
  };
}

export interface ContractEndFigures extends MachineFigures {
  readonly key: string;
  readonly endsAtMs: number;
}

/** From this long before the end on it is told. */
export const CONTRACT_WARNING_MS = 72 * HOUR_MS;
/** From here on it is `critical`, and so told again at once. */
const CONTRACT_CRITICAL_MS = 24 * HOUR_MS;

/** Undefined while more than 72 h are left. */
export function contractEndAlert(figures: ContractEndFigures, context: AlertContext): Alert | undefined {
  const { key, ref, endsAtMs } = figures;
  const leftMs = endsAtMs - context.atMs;
  if (leftMs > CONTRACT_WARNING_MS) return undefined;
  const when = clockTime(endsAtMs, context);
  const isOver = leftMs <= 0;
  return {
    key: `contract-end:${key}`,
    kind: 'contract-end',
    severity: leftMs < CONTRACT_CRITICAL_MS ? 'critical' : 'warning',
    title: isOver
      ? `The contract of ${ref} has ended`
      : `The contract of ${ref} ends in ${hoursOrDays(leftMs)}`,
    body: isOver
      ? `${machineName(figures)}: the host's offer ended at ${when}; the host may delete the machine with its disk. Fetch what you need.`
      : `${machineName(figures)}: the host's offer ends at ${when}; the host may delete the machine with its disk then. Fetch what you need before.`,
    figures: { instanceId: known(figures.instanceId), endsAtMs, hoursLeft: leftMs / HOUR_MS },
    atMs: context.atMs,
    actions: [command('copy the data', 'vd cp', `${ref}:/workspace`), command('destroy it', 'vd rm', ref)],
  };
}
