// What was told of the runs of an account, by whichever process, from when somebody began to listen.
import { lastEventSeq, readEventsSince, type Store } from '../../../base/store/index.ts';
import type { RunEvent } from '../monitor-api.ts';
import { EVENT_NOUN } from './teller.ts';

export interface EventReader {
  /** What comes after this is news. */
  begin(): Promise<void>;
  /** News since the last call. */
  read(): Promise<readonly RunEvent[]>;
}

export function createEventReader({
  account,
  store,
}: {
  readonly account: string;
  readonly store: Store;
}): EventReader {
  let seen: number | undefined;
  return {
    async begin() {
      seen = await lastEventSeq(store.db);
    },
    async read() {
      if (seen === undefined) return [];
      const rows = await readEventsSince(store.db, seen, { noun: EVENT_NOUN });
      seen = rows.at(-1)?.seq ?? seen;
      return rows
        .filter(({ data }) => data.account === account)
        .map(({ id, at, status, reason, data }) => ({
          key: id,
          name: typeof data.name === 'string' ? data.name : id,
          atMs: at,
          kind: status as RunEvent['kind'],
          sentence: reason,
        }));
    },
  };
}
