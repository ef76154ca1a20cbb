// The newest events in memory, read once for all who keep up with them.
import {
  type EventFilter,
  readEventsSince,
  type Store,
  type StoredEvent,
} from '../../../base/store/index.ts';
import { type Piece, pieceOf } from './event-text.ts';

export interface RecentEvents {
  /** The newest event that is known. */
  seen(): number;
  /** Forgets all; only what comes after `seq` is news. */
  beginAfter(seq: number): void;
  /** Reads what is new; resolves to whether there is more to be read at once. */
  look(): Promise<boolean>;
  /** What comes after `seq` for a reader with this filter, and up to where that reader has then seen everything. */
  next(seq: number, filter: EventFilter): Promise<{ readonly text: string; readonly throughSeq: number }>;
}

const KEPT_MAX = 500;
const PAGE = 100;

export function createRecentEvents({ db }: Pick<Store, 'db'>): RecentEvents {
  let kept: readonly StoredEvent[] = [];
  /** All events after this one and up to `seen` are in `kept`. */
  let keptAfter = 0;
  let seen = 0;
  /** Those who keep up all want the same text. */
  let written: { readonly afterSeq: number; readonly piece: Piece } | undefined;

  const fromMemory = (seq: number, { noun, id }: EventFilter): Piece => {
    const isAll = noun === undefined && id === undefined;
    if (isAll && written?.afterSeq === seq) return written.piece;
    const piece = pieceOf(
      kept.filter(
        (event) =>
          event.seq > seq &&
          (noun === undefined || event.noun === noun) &&
          (id === undefined || event.id === id),
      ),
    );
    if (isAll) written = { afterSeq: seq, piece };
    return piece;
  };

  return {
    seen: () => seen,
    beginAfter(seq) {
      kept = [];
      keptAfter = seq;
      seen = seq;
      written = undefined;
    },
    async look() {
      const afterSeq = seen;
      const events = await readEventsSince(db, afterSeq, { limit: KEPT_MAX });
      const last = events.at(-1);
      // Begun anew while it was read.
      if (!last || afterSeq !== seen) return false;
      const all = [...kept, ...events];
      const dropped = all.length > KEPT_MAX ? all[all.length - KEPT_MAX - 1] : undefined;
      if (dropped) keptAfter = dropped.seq;
      kept = all.slice(-KEPT_MAX);
      seen = last.seq;
      written = undefined;
      return events.length === KEPT_MAX;
    },
    async next(seq, filter) {
      const upTo = seen;
      if (seq >= keptAfter) {
        const { text, lastSeq, isWhole } = fromMemory(seq, filter);
        return { text, throughSeq: isWhole || lastSeq === undefined ? upTo : lastSeq };
      }
      const events = await readEventsSince(db, seq, { ...filter, limit: PAGE });
      const { text, lastSeq, isWhole } = pieceOf(events);
      const isEnd = isWhole && events.length < PAGE;
      return { text, throughSeq: isEnd ? Math.max(upTo, lastSeq ?? 0) : (lastSeq ?? upTo) };
    },
  };
}
