// Pieces of the sentences of alerts: money, times, lists, and words as a shell takes them.
import { formatDuration, formatUsd } from '../../base/std/index.ts';
import type { AlertAction } from './alert.ts';
import { formatLocal } from './local-time.ts';
import { oneLine } from './plain-text.ts';

/** What every text is made in. */
export interface AlertContext {
  /** When the condition was seen. */
  readonly atMs: number;
  /** In which times of day are said; default UTC. */
  readonly timeZone?: string;
}

/** An instance as it is said: its name or id as commands take it, and what it is. */
export interface MachineFigures {
  /** Name or id, to be typed after a command. */
  readonly ref: string;
  /** `2× RTX 4090`; undefined where it is not known. */
  readonly gpu: string | undefined;
  readonly instanceId: number | undefined;
}

/** `$3.10`; what is not a number is not known, and said so. */
export function money(usd: number | undefined): string {
  return usd === undefined || !Number.isFinite(usd) ? '$?' : formatUsd(usd);
}

export function perHour(usd: number | undefined): string {
  return `${money(usd)}/h`;
}

export function machines(count: number): string {
  return count === 1 ? '1 machine' : `${count} machines`;
}

export function clockTime(atMs: number, { atMs: nowMs, timeZone = 'UTC' }: AlertContext): string {
  return formatLocal(atMs, { nowMs, timeZone });
}

/** Hours up to three days, then days: `71 h`, `5 d`. */
export function hoursOrDays(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 96) return `${Math.floor(hours / 24)} d`;
  if (hours >= 10) return `${Math.floor(hours)} h`;
  return hours >= 1 ? `${Math.floor(hours * 10) / 10} h` : formatDuration(Math.max(0, ms));
}

/** `my-run (2× RTX 4090, instance 123)` */
export function machineName({ ref, gpu, instanceId }: MachineFigures): string {
  const facts = [gpu, instanceId === undefined ? undefined : `instance ${instanceId}`].filter(
    (fact) => fact !== undefined && fact !== ref,
  );
  return facts.length > 0 ? `${oneLine(ref)} (${facts.join(', ')})` : oneLine(ref);
}

/** A command with its argument quoted where a shell would take it apart, and after `--` where it looks like a flag. */
export function command(what: string, verb: string, ref = ''): AlertAction {
  const word = /^[\w@%+=:,./-]*$/.test(ref) ? ref : `'${oneLine(ref).replaceAll("'", String.raw`'\''`)}'`;
  return { what, command: [verb, ref.startsWith('-') ? '--' : '', word].filter(Boolean).join(' ') };
}

/** Undefined becomes null: figures are sent as JSON. */
export function known<T>(value: T | undefined): T | null {
  return value ?? null;
}
