// Recorded answers as a market. A poll lasts until one of the searches made of it is made again: whoever
// sweeps the market in whatever slices then sees the recorded polls one after another, whole. The last stays.
import { formatIso } from '../../base/std/index.ts';
import { asciiJson, type Market, type MarketRow } from '../market/market.ts';
import type { ReplaySource } from '../types.ts';

/** Says when the poll that an answer comes from was recorded (ISO 8601, UTC). */
export const REPLAY_TIME_HEADER = 'x-vastdeck-replay-at';
/** Says which poll it is, for example `3/21`. */
export const REPLAY_POLL_HEADER = 'x-vastdeck-replay-poll';

export function createReplayMarket({ polls }: ReplaySource): Market {
  let current = 0;
  const searched = new Set<string>();
  let rows: MarketRow[] | undefined;
  const rowsNow = () => {
    rows ??= (polls[current]?.offers ?? []).map(replayRow);
    return rows;
  };
  const extraColumns = new Map<string, 'number' | 'text' | 'boolean'>();
  for (const { offers } of polls) {
    for (const offer of offers) {
      for (const [name, value] of Object.entries(offer)) {
        if (typeof value === 'number') extraColumns.set(name, 'number');
        else if (typeof value === 'string') extraColumns.set(name, 'text');
        else if (typeof value === 'boolean') extraColumns.set(name, 'boolean');
      }
    }
  }
  return {
    // Recorded time stands still between polls.
    advance: () => {},
    nextAtMs: () => Number.POSITIVE_INFINITY,
    rows: ({ type }) => rowsNow().filter((row) => typeOf(row) === type),
    gpuNames: () =>
      [
        ...new Set(
          rowsNow()
            .map(({ live }) => live.gpu_name)
            .filter((name) => typeof name === 'string'),
        ),
      ].sort(),
    extraColumns,
    noteSearch(searchKey, isSpoiled) {
      if (searched.has(searchKey) && current < polls.length - 1) {
        current += 1;
        searched.clear();
        rows = undefined;
      }
      if (!isSpoiled) searched.add(searchKey);
      const atMs = polls[current]?.atMs;
      return {
        [REPLAY_POLL_HEADER]: `${current + 1}/${polls.length}`,
        ...(atMs !== undefined && { [REPLAY_TIME_HEADER]: formatIso(atMs) }),
      };
    },
  };
}

function replayRow(offer: Readonly<Record<string, unknown>>): MarketRow {
  const { id, ask_contract_id: askId, end_date: endDate } = offer;
  return {
    id: (id ?? askId) as number,
    fixed: {},
    live: offer,
    // Doubles survive: JSON.parse and JSON.stringify both keep the shortest text that gives the same number.
    head: Buffer.from(asciiJson(offer).slice(0, -1), 'latin1'),
    baseScore: undefined,
    endDateSec: typeof endDate === 'number' ? endDate : Number.NaN,
    bundleKey: undefined,
  };
}

/** Recordings are of on-demand searches, which is the default, unless a row says otherwise. */
function typeOf({ live }: MarketRow): string {
  if (live.type === 'bid' || live.type === 'interruptible' || live.is_bid === true) return 'bid';
  return live.type === 'reserved' ? 'reserved' : 'on-demand';
}
