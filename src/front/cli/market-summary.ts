// The market store in a few figures, for the daemon's answers: read when somebody asks, and kept for a minute.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { marketFacts, openMarketReader } from '../../watch/history/index.ts';
import type { CollectorThread } from '../app/index.ts';
import type { MarketAnswer } from '../http/protocol.ts';
import type { Context } from './context.ts';
import { liveMarketDir } from './store-place.ts';

export interface MarketSummary {
  readonly read: () => Promise<MarketAnswer>;
  /** The collector that fills the store from now on. */
  watch(thread: CollectorThread, dir: string): void;
}

type Facts = Omit<MarketAnswer, 'isCollecting' | 'blindBecause'>;

const KEPT_MS = 60_000;
const NOTHING: Facts = {
  hasPolls: false,
  isSimulated: null,
  newestPoll: null,
  polls: null,
  observations: null,
  bytes: null,
  gaps: null,
};

export function createMarketSummary(context: Context): MarketSummary {
  const { clock, config, log } = context;
  let dir = config.marketDir.value ?? liveMarketDir(config);
  let isCollecting = false;
  let blindBecause: string | null = null;
  let kept: { readonly atMs: number; readonly facts: Promise<Facts> } | undefined;

  const readFacts = async (): Promise<Facts> => {
    if (!existsSync(join(dir, 'store.json'))) return NOTHING;
    await using reader = await openMarketReader({ dir, clock, log });
    const { newest, isSimulated, polls, observations, bytes, gaps } = await marketFacts({ reader, clock });
    if (!newest) return { ...NOTHING, isSimulated };
    const { poll, tsMs, offers, complete } = newest;
    return {
      hasPolls: true,
      isSimulated,
      newestPoll: { poll, tsMs, offers, isComplete: complete },
      polls,
      observations,
      bytes: bytes.total,
      gaps: gaps.length,
    };
  };

  return {
    read: async () => {
      if (!kept || clock.monotonic() - kept.atMs >= KEPT_MS) {
        kept = { atMs: clock.monotonic(), facts: readFacts() };
        // A failure is for whoever asked; the next one reads again.
        kept.facts.catch(() => {
          kept = undefined;
        });
      }
      return { ...(await kept.facts), isCollecting, blindBecause };
    },
    watch: (thread, collectedDir) => {
      dir = collectedDir;
      isCollecting = true;
      kept = undefined;
      thread.events.on('collector:blind', ({ reason }) => {
        blindBecause = reason;
      });
      thread.events.on('collector:seeing', () => {
        blindBecause = null;
      });
      const end = () => {
        isCollecting = false;
      };
      thread.done.then(end, end);
    },
  };
}
