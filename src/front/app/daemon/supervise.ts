// Keeps the parts of a daemon alive, each by itself: one that dies is started again with growing pauses, and none takes
// another with it. The end comes in order, and a part that does not end is left behind after a while.
import {
  assert,
  backoffMs,
  type Clock,
  type Log,
  type Random,
  startRunning,
} from '../../../base/std/index.ts';
import type { Part, PartHealth, PartName, PartStatus, Tell } from './part.ts';

export interface SuperviseOptions {
  /** Ended in this order. */
  readonly parts: readonly Part[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of every change of a status. */
  readonly onChange?: (health: PartHealth) => void;
  /** So long a part may take to end before the next is asked to; default 15,000. */
  readonly endPatienceMs?: number;
}

export interface Supervisor {
  /** In the order of the parts. */
  health(): readonly PartHealth[];
  /** Runs all parts until the signal ends; then ends them in order. Resolves when none is left, and never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when that part has come to its own end, or is off. */
  ended(name: PartName): Promise<void>;
}

const RESTART_BASE_MS = 1_000;
/** What is rented must not be without care for longer. */
const RESTART_CAP_MS = 30_000;
/** Full jitter may come to nothing, and a part that dies at once would then spin. */
const RESTART_LEAST_MS = 500;
/** Who has lived so long has come up well: its next failure is a first one. */
const FORGIVEN_AFTER_MS = 60_000;

export function supervise(options: SuperviseOptions): Supervisor {
  const { parts, clock, log, endPatienceMs = 15_000 } = options;
  const kept = parts.map((part) => keepPart(part, options));

  return {
    health: () => kept.map(({ health }) => health()),
    ended: (name) => {
      const found = kept.find(({ part }) => part.name === name);
      assert(found, `there is a part called ${name}`);
      return found.ended;
    },
    run: async (signal) => {
      const living = kept.map((each) => ({ ...each, running: startRunning(each.live) }));
      const all = Promise.allSettled(living.map(({ running }) => running.done));
      await Promise.race([all, aborted(signal)]);
      for (const { part, running } of living) {
        const patience = new AbortController();
        const ends = await Promise.race([
          running.stop().then(
            () => true,
            () => true,
          ),
          clock.sleep(endPatienceMs, patience.signal).then(
            () => false,
            () => true,
          ),
        ]);
        patience.abort();
        if (!ends) log.warn('a part has not ended in time and is left behind', { part: part.name });
      }
    },
  };
}

interface KeptPart {
  readonly part: Part;
  readonly health: () => PartHealth;
  readonly live: (signal: AbortSignal) => Promise<void>;
  readonly ended: Promise<void>;
}

function keepPart(part: Part, { clock, random, log, onChange }: SuperviseOptions): KeptPart {
  const { name, what } = part;
  const dice = random.fork(`daemon:${name}`);
  let health: PartHealth = {
    name,
    what,
    status: part.offBecause === undefined ? 'starting' : 'off',
    reason: part.offBecause ?? '',
    sinceMs: clock.now(),
    lastGoodAtMs: null,
    restarts: 0,
    nextTryAtMs: null,
  };
  const become = (status: PartStatus, reason: string, more: Partial<PartHealth> = {}) => {
    const isChange = status !== health.status;
    const sinceMs = isChange ? clock.now() : health.sinceMs;
    health = { ...health, status, reason, sinceMs, ...more };
    if (!isChange) return;
    log[status === 'failing' ? 'warn' : 'debug']('part of the daemon', { part: name, status, reason });
    onChange?.(health);
  };
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  if (part.offBecause !== undefined) end();

  const live = async (signal: AbortSignal): Promise<void> => {
    if (part.offBecause !== undefined) return;
    let failures = 0;
    while (!signal.aborted) {
      const beganMs = clock.monotonic();
      try {
        await part.run(signal, tellOf(signal));
        if (signal.aborted || part.mayEnd) break;
        throw new Error('it has ended by itself, which it should not');
      } catch (error) {
        if (signal.aborted) break;
        failures = clock.monotonic() - beganMs >= FORGIVEN_AFTER_MS ? 1 : failures + 1;
        const wait = { random: dice, baseMs: RESTART_BASE_MS, capMs: RESTART_CAP_MS };
        const waitMs = Math.max(RESTART_LEAST_MS, backoffMs(failures, wait));
        become('failing', sentenceOf(error), {
          restarts: health.restarts + 1,
          nextTryAtMs: clock.now() + waitMs,
        });
        await clock.sleep(waitMs, signal).catch(() => {});
        if (!signal.aborted) become('failing', health.reason, { nextTryAtMs: null });
      }
    }
    become('ended', signal.aborted ? 'it was stopped' : health.reason, { nextTryAtMs: null });
    end();
  };
  const tellOf = (signal: AbortSignal): Tell => ({
    well: (sentence) => {
      if (!signal.aborted) become('running', sentence, { lastGoodAtMs: clock.now(), nextTryAtMs: null });
    },
    ill: (sentence) => {
      if (!signal.aborted) become('failing', sentence);
    },
  });
  return { part, health: () => health, live, ended };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
