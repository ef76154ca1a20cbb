// A disk that is full when a poll is to be stored: polls are lost while it is, and nothing else, so the collector waits
// for somebody to free space and says since when it stores nothing.
import { backoffMs, type Clock, type Log, type Random } from '../../base/std/index.ts';
import type { StoreFullError } from '../history/index.ts';
import type { Blindness } from './far-end.ts';

/** Whoever waits for a number of polls is told after so many in a row that there is no room for them. */
export const MOST_FULL_TRIES = 5;
/** Space is freed by people and by log rotation, not within seconds. */
const BACKOFF = { baseMs: 10_000, capMs: 5 * 60_000 } as const;

export interface DiskPatienceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onBlind: (blindness: Blindness) => void;
  readonly onSeeing: (blindness: Blindness) => void;
}

export interface DiskPatience {
  /** Undefined while polls can be stored. */
  blindness(): Blindness | undefined;
  /** Notes that a poll found no room, and returns how long to wait before the next one. */
  foundFull(error: StoreFullError): number;
  /** Polls in a row that found no room. */
  tries(): number;
  /** Notes that a poll was stored. */
  foundRoom(): void;
}

export function createDiskPatience({
  clock,
  random,
  log,
  onBlind,
  onSeeing,
}: DiskPatienceDeps): DiskPatience {
  let blindness: Blindness | undefined;
  let tries = 0;
  return {
    blindness: () => blindness,
    tries: () => tries,
    foundFull(error) {
      tries += 1;
      const waitMs = backoffMs(tries, { random, ...BACKOFF });
      log.error('a poll could not be stored', { error: error.message, tries, waitMs });
      if (!blindness) {
        blindness = { sinceMs: clock.now(), reason: error.message };
        onBlind(blindness);
      }
      return waitMs;
    },
    foundRoom() {
      tries = 0;
      if (!blindness) return;
      const ended = blindness;
      blindness = undefined;
      onSeeing(ended);
    },
  };
}
