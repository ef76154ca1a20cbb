// What a simulated market was made from, kept beside its polls: with it the same world goes on another day.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface World {
  readonly seed: string;
  readonly offers: number;
  /** When the simulated world began. */
  readonly startMs: number;
}

const FILE = 'world.json';

/** Undefined for stores without one, whoever filled them. */
export function readWorld(dir: string): World | undefined {
  try {
    const { seed, offers, startMs } = JSON.parse(readFileSync(join(dir, FILE), 'utf8'));
    if (typeof seed === 'string' && Number.isFinite(offers) && Number.isFinite(startMs)) {
      return { seed, offers, startMs };
    }
  } catch {
    // Not there, or not readable: the store's first poll tells when its world began.
  }
  return undefined;
}

/** Does nothing where one is kept already. */
export function keepWorld(dir: string, world: World): void {
  if (readWorld(dir)) return;
  writeFileSync(join(dir, FILE), `${JSON.stringify(world)}\n`);
}
