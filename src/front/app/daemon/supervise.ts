// Keeps the parts of a daemon alive, each by itself: one that dies is started again with growing pauses, and none takes
// another with it. The end comes in order, and a part that does not end is left behind after a while.
import {
  assert,
  backoffMs,
  type Clock,
  formatDuration,
  type Log,
  type Random,
  startRunning,
  type Timer,
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
  /** So long a part may take to end before the next is asked to; default 10,000. */
  readonly endPatienceMs?: number;
  /** So long all of them may take together; then those that are left are asked at once. Default 30,000. */
  readonly endWholePatienceMs?: number;
}

export interface Supervisor {
  /** In the order of the parts. */
  health(): readonly PartHealth[];
  /**
   * Runs all parts until the signal ends; then ends them in order. Resolves to those that did not end in time, which live on
   * until the process ends, and never rejects.
   */
  run(signal: AbortSignal): Promise<readonly PartName[]>;
  /** Resolves when that part has come to its own end, or is off. */
  ended(name: PartName): Promise<void>;
}

/** Who comes to be asked when all patience is used up may still end by itself. */
const LAST_PATIENCE_MS = 500;
/** An end that comes sooner is not worth telling of. */
const SLOW_END_MS = 1_000;
const RESTART_BASE_MS = 1_000;
/** What is rented must not be without care for longer. */
const RESTART_CAP_MS = 30_000;
/** Full jitter may come to nothing, and a part that dies at once would then spin. */
const RESTART_LEAST_MS = 500;
/** Of a part's own period: a round may take longer than usual, and the computer may be busy. */
const SILENT_PERIODS = 5;
const SILENT_LEAST_MS = 60_000;
/** Who has lived so long has come up well: its next failure is a first one. */
const FORGIVEN_AFTER_MS = 60_000;

export function supervise(options: SuperviseOptions): Supervisor {
  const { parts, clock, log, endPatienceMs = 10_000, endWholePatienceMs = 30_000 } = options;
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
      const left: PartName[] = [];
      const deadlineMs = clock.monotonic() + endWholePatienceMs;
      for (const { part, running, ending } of living) {
        using _slow = ending();
        const patienceMs = Math.min(
          endPatienceMs,
          Math.max(LAST_PATIENCE_MS, deadlineMs - clock.monotonic()),
        );
        if (await endsWithin(running.stop(), { clock, patienceMs })) continue;
        log.warn('a part has not ended in time and is left behind', { part: part.name });
        left.push(part.name);
      }
      return left;
    },
  };
}

interface KeptPart {
  readonly part: Part;
  readonly health: () => PartHealth;
  readonly live: (signal: AbortSignal) => Promise<void>;
  /** It is being asked to end now, and tells so while it does not. */
  readonly ending: () => Disposable;
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
        using silence = listenTo(part, clock, (sentence) => {
          if (!signal.aborted) become('failing', sentence);
        });
        await part.run(signal, tellOf(signal, silence));
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
  const tellOf = (signal: AbortSignal, silence: Silence): Tell => ({
    well: (sentence) => {
      silence.broken();
      if (!signal.aborted) become('running', sentence, { lastGoodAtMs: clock.now(), nextTryAtMs: null });
    },
    ill: (sentence) => {
      silence.broken();
      if (!signal.aborted) become('failing', sentence);
    },
  });
  const ending = (): Disposable => {
    const timer = clock.setTimer(SLOW_END_MS, () => {
      if (health.status !== 'ended' && health.status !== 'off') become('ending', 'it was asked to end');
    });
    return { [Symbol.dispose]: () => timer.cancel() };
  };
  return { part, health: () => health, live, ending, ended };
}

/** Whether it does; how it ends does not matter. */
async function endsWithin(
  end: Promise<void>,
  { clock, patienceMs }: { readonly clock: Clock; readonly patienceMs: number },
): Promise<boolean> {
  const patience = new AbortController();
  const always = () => true;
  try {
    return await Promise.race([
      end.then(always, always),
      clock.sleep(patienceMs, patience.signal).then(() => false, always),
    ]);
  } finally {
    patience.abort();
  }
}

interface Silence extends Disposable {
  /** The part has just said something. */
  broken(): void;
}

/** A part that hangs does not die and says nothing: only a clock beside it can tell. */
function listenTo({ tellsEveryMs }: Part, clock: Clock, onSilent: (sentence: string) => void): Silence {
  const patienceMs =
    tellsEveryMs === undefined ? undefined : Math.max(SILENT_LEAST_MS, SILENT_PERIODS * tellsEveryMs);
  let timer: Timer | undefined;
  let isOver = false;
  const listen = (fromMs: number) => {
    timer?.cancel();
    if (patienceMs === undefined || isOver) return;
    timer = clock.setTimer(patienceMs, () => {
      onSilent(`it has said nothing for ${formatDuration(clock.monotonic() - fromMs)}`);
      listen(fromMs);
    });
  };
  listen(clock.monotonic());
  return {
    broken: () => listen(clock.monotonic()),
    [Symbol.dispose]: () => {
      isOver = true;
      timer?.cancel();
    },
  };
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
