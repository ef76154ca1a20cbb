// `daemon.json` below the home: which process is this home's daemon, and where it answers. It holds no secret; the tokens
// are in files of their own.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PART_NAMES, type PartName } from './part.ts';
import { writePrivately } from './private-file.ts';

const fileSchema = z.object({
  pid: z.int().positive(),
  startedAs: z.string(),
  host: z.string(),
  /** `http://127.0.0.1:4747`. */
  address: z.string().regex(/^http:\/\//),
  tokenFile: z.string(),
  readTokenFile: z.string(),
  startedAtMs: z.number(),
  parts: z.array(z.enum(PART_NAMES)).readonly(),
  version: z.string(),
});

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
}

export function daemonFilePath(home: string): string {
  return join(home, 'daemon.json');
}

/** What stands there, whoever wrote it and whether or not they live; undefined for nothing, or nothing that can be read. */
export function readDaemonFile(home: string): DaemonFile | undefined {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(daemonFilePath(home), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeDaemonFile(home: string, file: DaemonFile): void {
  writePrivately(daemonFilePath(home), `${JSON.stringify(file, null, 2)}\n`);
}

export function removeDaemonFile(home: string): void {
  rmSync(daemonFilePath(home), { force: true });
}
