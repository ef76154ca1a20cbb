// `daemon-end.json` below the home: how its last daemon ended. One that was killed could not write it, and is known by the
// `daemon.json` that it has left.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { formatIso } from '../../../base/std/index.ts';
import { readDaemonFile } from './daemon-file.ts';
import { writePrivately } from './private-file.ts';
import { livenessOf } from './process-identity.ts';

/**
 * `in-order`: it was asked to. `forced`: it was asked to, and something did not let go in time. `crashed`: by an error that
 * nobody had expected. `killed`: by somebody's hand, for want of memory, or with its computer.
 */
export const DAEMON_ENDS = ['in-order', 'forced', 'crashed', 'killed'] as const;
export type DaemonEndKind = (typeof DAEMON_ENDS)[number];

const endSchema = z.object({
  kind: z.enum(DAEMON_ENDS),
  pid: z.int().positive(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  /** What ended it; empty where that is all that there is to say. */
  reason: z.string(),
});

export interface DaemonEnd {
  readonly kind: DaemonEndKind;
  readonly pid: number;
  readonly startedAtMs: number;
  /** Null where nobody could write it down. */
  readonly endedAtMs: number | null;
  readonly reason: string;
}

export function writeDaemonEnd(home: string, end: DaemonEnd): void {
  writePrivately(join(home, 'daemon-end.json'), `${JSON.stringify(end, null, 2)}\n`);
}

/** Undefined when none ever ran here, or one runs. */
export function lastDaemonEnd(home: string): DaemonEnd | undefined {
  const file = readDaemonFile(home);
  if (file && livenessOf(file) !== 'dead') return undefined;
  const written = readEnd(home);
  if (!file) return written;
  const { pid, startedAtMs } = file;
  // A crashing one writes its end, and may be gone before it has removed its file.
  if (written?.pid === pid && written.startedAtMs === startedAtMs) return written;
  return { kind: 'killed', pid, startedAtMs, endedAtMs: null, reason: '' };
}

/** A sentence about an end that was none in order; undefined for one that was. */
export function describeDaemonEnd({
  kind,
  pid,
  startedAtMs,
  endedAtMs,
  reason,
}: DaemonEnd): string | undefined {
  const who = `The daemon before (process ${pid}, since ${formatIso(startedAtMs)})`;
  const when = endedAtMs === null ? '' : ` at ${formatIso(endedAtMs)}`;
  switch (kind) {
    case 'in-order':
      return undefined;
    case 'forced':
      return `${who} was ended${when} before it was ready to: ${reason}.`;
    case 'crashed':
      return `${who} was ended${when} by an error: ${reason}.`;
    case 'killed':
      return `${who} was killed, or its computer went off: it did not end in order. All it knew is stored.`;
  }
}

function readEnd(home: string): DaemonEnd | undefined {
  try {
    return endSchema.parse(JSON.parse(readFileSync(join(home, 'daemon-end.json'), 'utf8')));
  } catch {
    // None, or nothing that can be read: it only explains.
    return undefined;
  }
}
