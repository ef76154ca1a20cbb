// `daemon.json` below the home: which process is this home's daemon, and where it answers. It holds no secret; the tokens
// are in files of their own.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PART_NAMES, type PartName } from './part.ts';
import { writePrivately } from './private-file.ts';

export interface DaemonFile {
  readonly pid: number;
  readonly startedAs: string;
  readonly host: string;
  readonly address: string;
  readonly tokenFile: string;
  readonly readTokenFile: string;
  readonly startedAtMs: number;
  /** Those that it runs. */
  readonly parts: readonly PartName[];
  readonly version: string;
  /** A code of service, store and key: who makes the same one asks for the same things. */
  readonly drives: string;
}

export function daemonFilePath(home: string): string {
  return join(home, 'daemon.json');
}

/** What stands there, whoever wrote it and whether or not they live; undefined for nothing, or nothing that can be read. */
export function readDaemonFile(home: string): DaemonFile | undefined {
  try {
    return fileOf(JSON.parse(readFileSync(daemonFilePath(home), 'utf8')));
  } catch {
    return undefined;
  }
}

// By hand: every command looks for the daemon, and a schema library takes as long to load as all else that it does then.
function fileOf(value: unknown): DaemonFile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const file: Partial<Record<keyof DaemonFile, unknown>> = value;
  const { pid, startedAs, host, address, tokenFile, readTokenFile, startedAtMs, parts, version } = file;
  // The file of an older version has none.
  const { drives = '' } = file;
  const known = Array.isArray(parts) ? PART_NAMES.filter((name) => parts.includes(name)) : undefined;
  const isWhole =
    Number.isSafeInteger(pid) &&
    Number(pid) > 0 &&
    typeof startedAs === 'string' &&
    typeof host === 'string' &&
    typeof address === 'string' &&
    address.startsWith('http://') &&
    typeof tokenFile === 'string' &&
    typeof readTokenFile === 'string' &&
    typeof startedAtMs === 'number' &&
    Array.isArray(parts) &&
    known?.length === parts.length &&
    typeof version === 'string' &&
    typeof drives === 'string';
  return isWhole
    ? {
        pid: Number(pid),
        startedAs,
        host,
        address,
        tokenFile,
        readTokenFile,
        startedAtMs,
        parts: known,
        version,
        drives,
      }
    : undefined;
}

export function writeDaemonFile(home: string, file: DaemonFile): void {
  writePrivately(daemonFilePath(home), `${JSON.stringify(file, null, 2)}\n`);
}

export function removeDaemonFile(home: string): void {
  rmSync(daemonFilePath(home), { force: true });
}
