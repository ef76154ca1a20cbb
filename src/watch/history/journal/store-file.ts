// store.json: what the store is, where its polls come from, since when. Written once, when the store is made.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, formatIso } from '../../../base/std/index.ts';
import type { Origin } from '../observation.ts';
import { replaceFile } from '../segments/durable-file.ts';
import { JOURNAL_FILE } from './database.ts';
import { CorruptStoreError, NewerStoreError, OriginMismatchError } from './errors.ts';
import { STORE_FORMAT } from './schema.ts';
import { withFaults } from './sqlite-faults.ts';

export const STORE_FILE = 'store.json';

export interface StoreFile {
  readonly format: number;
  readonly origin: Origin;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Reads store.json; undefined where there is none. Throws CorruptStoreError and NewerStoreError. */
export function readStoreFile(dir: string): StoreFile | undefined {
  const path = join(dir, STORE_FILE);
  if (!existsSync(path)) return undefined;
  const text = withFaults(dir, () => readFileSync(path, 'utf8'));
  const parsed = parseObject(text);
  if (!parsed) throw new CorruptStoreError(dir, `${STORE_FILE} is not a JSON object`);
  const { format, createdAt } = parsed;
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1) {
    throw new CorruptStoreError(dir, `${STORE_FILE} has format ${JSON.stringify(format)}`);
  }
  if (format > STORE_FORMAT) throw new NewerStoreError(dir, { found: format, supported: STORE_FORMAT });
  const origin = parseOrigin(parsed.origin);
  if (!origin) throw new CorruptStoreError(dir, `${STORE_FILE} has origin ${JSON.stringify(parsed.origin)}`);
  return { format, origin, createdAt: String(createdAt) };
}

/** Makes store.json where there is none, else checks that it says the same origin (OriginMismatchError). */
export function ensureStoreFile(
  { dir, clock }: { readonly dir: string; readonly clock: Clock },
  origin: Origin,
): StoreFile {
  const found = readStoreFile(dir);
  if (found) {
    if (!sameOrigin(found.origin, origin)) {
      throw new OriginMismatchError(dir, { found: found.origin, expected: origin });
    }
    return found;
  }
  if (existsSync(join(dir, JOURNAL_FILE))) {
    throw new CorruptStoreError(
      dir,
      `it has a journal and no ${STORE_FILE}, so nobody knows what market it holds`,
    );
  }
  const made: StoreFile = { format: STORE_FORMAT, origin, createdAt: formatIso(clock.now()) };
  withFaults(dir, () => replaceFile(join(dir, STORE_FILE), `${JSON.stringify(made, null, 2)}\n`));
  return made;
}

export function sameOrigin(x: Origin, y: Origin): boolean {
  return x.kind === y.kind && originValue(x) === originValue(y);
}

function originValue(origin: Origin): string {
  switch (origin.kind) {
    case 'live':
      return origin.url;
    case 'simulated':
      return origin.seed;
    case 'replay':
    case 'import':
      return origin.name;
  }
}

function parseOrigin(value: unknown): Origin | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  const { kind } = value;
  const text = (key: string): string | undefined => {
    const found = (value as Record<string, unknown>)[key];
    return typeof found === 'string' ? found : undefined;
  };
  const [url, seed, name] = [text('url'), text('seed'), text('name')];
  if (kind === 'live' && url !== undefined) return { kind, url };
  if (kind === 'simulated' && seed !== undefined) return { kind, seed };
  if ((kind === 'replay' || kind === 'import') && name !== undefined) return { kind, name };
  return undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    // The caller's sentence says what is wrong; where in the text the JSON ends helps nobody.
    return undefined;
  }
}
