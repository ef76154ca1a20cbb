// The one list of what a daemon runs, and what each part does. Construction only: what is decided is decided in them.
import { type Clock, DAY_MS, HOUR_MS } from '../../../base/std/index.ts';
import { pruneEvents, type Store } from '../../../base/store/index.ts';
import type { Outbox } from '../../../net/notify/index.ts';
import type { AccountWatcher, RentalController } from '../../../rent/rental/index.ts';
import type { CollectorThread } from '../collector-thread.ts';
import { type HeartbeatOptions, heartbeatPart } from './heartbeat.ts';
import type { Part, PartName } from './part.ts';

/** Something that lives by itself and says after each of its rounds what does not go on; null while all does. */
export interface RunsInRounds {
  run(signal: AbortSignal, onRound: (round: { readonly trouble: string | null }) => void): Promise<void>;
}

export interface DaemonPartsOptions {
  /** Starts a collector in its thread; it is called again when one has died. */
  readonly startCollector: () => Promise<CollectorThread>;
  /** The collector ends by itself, after so many polls as it was asked for. */
  readonly isCollectorFinite?: boolean;
  readonly controller: Pick<RentalController, 'round'>;
  readonly watcher: Pick<AccountWatcher, 'refresh'>;
  readonly jobs: RunsInRounds;
  readonly monitor: RunsInRounds;
  readonly outbox: Pick<Outbox, 'deliver' | 'prune'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly heartbeat: Omit<HeartbeatOptions, 'clock'>;
  /** Those that are run; default all. */
  readonly only?: readonly PartName[];
}

/** An alert is on its way no later than this after it was queued. */
const DELIVER_EVERY_MS = 5_000;
/** No older than what a round itself takes for fresh. */
const VIEW_FRESH_MS = 1_000;
const TIDY_EVERY_MS = 6 * HOUR_MS;
/** The longest that a round takes, with the pause before it, while all goes well. */
const JOBS_ROUND_MS = 10_000;
const MONITOR_ROUND_MS = 60_000;
const RENTALS_ROUND_MS = 60_000;
const NOTIFY_ROUND_MS = 30_000;
const EVENTS_KEPT_MS = 90 * DAY_MS;

export function daemonParts(options: DaemonPartsOptions): readonly Part[] {
  const { only, clock } = options;
  const parts = [
    collectorPart(options),
    roundsPart(options.jobs, {
      name: 'jobs',
      what: 'rents for jobs, watches them, fetches and ends them',
      tellsEveryMs: JOBS_ROUND_MS,
    }),
    roundsPart(options.monitor, {
      name: 'monitor',
      what: 'reads figures and logs of what runs',
      tellsEveryMs: MONITOR_ROUND_MS,
    }),
    rentalsPart(options),
    housekeepingPart(options),
    notifyPart(options),
    heartbeatPart({ ...options.heartbeat, clock }),
  ];
  return parts.map((part) =>
    only && !only.includes(part.name) ? { ...part, offBecause: 'it was not asked for (--only)' } : part,
  );
}

function collectorPart({ startCollector, isCollectorFinite = false }: DaemonPartsOptions): Part {
  return {
    name: 'collector',
    what: 'polls the market and stores what changes',
    mayEnd: isCollectorFinite,
    run: async (signal, tell) => {
      const thread = await startCollector();
      thread.events.on('poll:stored', ({ poll, rows }) => tell.well(`poll ${poll}: ${rows} offers`));
      thread.events.on('collector:blind', ({ reason }) => tell.ill(reason));
      // Its failure is seen where `done` is awaited.
      const end = () => void thread.stop().catch(() => {});
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
      try {
        await thread.done;
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
  };
}

function roundsPart(living: RunsInRounds, about: Pick<Part, 'name' | 'what' | 'tellsEveryMs'>): Part {
  return {
    ...about,
    run: (signal, tell) =>
      living.run(signal, ({ trouble }) => (trouble === null ? tell.well('') : tell.ill(trouble))),
  };
}

/** Round after round, each of which says when the next is due; one that fails is made again by whoever supervises. */
function rentalsPart({ controller, watcher, clock }: DaemonPartsOptions): Part {
  return {
    name: 'rentals',
    what: 'keeps, renews and ends what is rented',
    tellsEveryMs: RENTALS_ROUND_MS,
    run: async (signal, tell) => {
      while (!signal.aborted) {
        // The round goes by this view: it is not listed twice.
        const view = await watcher.refresh({
          startedAfterMs: clock.now() - VIEW_FRESH_MS,
          priority: 'controller',
          signal,
        });
        if (!view.complete) tell.ill(`the account cannot be listed whole: ${view.reason}`);
        const nextAtMs = await controller.round(signal);
        if (view.complete) tell.well('');
        await clock.sleep(Math.max(0, nextAtMs - clock.now()), signal).catch(() => {});
      }
    },
  };
}

function notifyPart({ outbox, clock }: DaemonPartsOptions): Part {
  return {
    name: 'notify',
    what: 'delivers alerts',
    tellsEveryMs: NOTIFY_ROUND_MS,
    run: async (signal, tell) => {
      while (!signal.aborted) {
        const { failed } = await outbox.deliver(signal);
        if (failed > 0) tell.ill('a channel does not take its alerts; "vastdeck notify status" says which');
        else tell.well('');
        await clock.sleep(DELIVER_EVERY_MS, signal).catch(() => {});
      }
    },
  };
}

function housekeepingPart({ outbox, store, clock }: DaemonPartsOptions): Part {
  return {
    name: 'housekeeping',
    what: 'forgets old events and alerts',
    tellsEveryMs: TIDY_EVERY_MS,
    run: async (signal, tell) => {
      while (!signal.aborted) {
        const events = await pruneEvents(store, { keepMs: EVENTS_KEPT_MS });
        await outbox.prune();
        tell.well(events > 0 ? `${events} old events forgotten` : '');
        await clock.sleep(TIDY_EVERY_MS, signal).catch(() => {});
      }
    },
  };
}
