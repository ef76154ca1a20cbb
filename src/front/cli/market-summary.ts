// The market store in a few figures, for the daemon's answers: read when somebody asks, and kept until the next poll or for a
// minute.
import { storeOutline } from '../../watch/history/index.ts';
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

export function createMarketSummary({ clock, config }: Pick<Context, 'clock' | 'config'>): MarketSummary {
  let dir = config.marketDir.value ?? liveMarketDir(config);
  let isCollecting = false;
  let blindBecause: string | null = null;
  let kept: { readonly atMs: number; readonly facts: Facts } | undefined;

  const readFacts = (): Facts => {
    const outline = storeOutline(dir);
    if (!outline) return NOTHING;
    const { newest, origin, polls, observations, bytes, recentGaps } = outline;
    const isSimulated = origin.kind === 'simulated';
    if (!newest) return { ...NOTHING, isSimulated };
    const { poll, tsMs, offers, complete } = newest;
    return {
      hasPolls: true,
      isSimulated,
      newestPoll: { poll, tsMs, offers, isComplete: complete },
      polls,
      observations,
      bytes,
      gaps: recentGaps,
    };
  };

  return {
    read: async () => {
      if (!kept || clock.monotonic() - kept.atMs >= KEPT_MS) {
        kept = { atMs: clock.monotonic(), facts: readFacts() };
      }
      return { ...kept.facts, isCollecting, blindBecause };
    },
    watch: (thread, collectedDir) => {
      dir = collectedDir;
      isCollecting = true;
      kept = undefined;
      thread.events.on('poll:stored', () => {
        kept = undefined;
      });
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
