// `offers_raw`, the original's table as a view, and its relatives.
import { formatIso } from '../../../base/std/index.ts';
import { listParts, type Part, type StoreFiles } from '../segments/span-views.ts';
import { offerRows } from './offer-sql.ts';

/** Statements that make the views and macros over offers. `lastTsMs` is the newest poll's. */
export function offerViews(files: StoreFiles, lastTsMs: number): readonly string[] {
  const parts = listParts(files, lastTsMs);
  return [
    `CREATE OR REPLACE VIEW offers_raw AS ${rowsOfParts(parts, 'raw')}`,
    `CREATE OR REPLACE VIEW offers_all AS ${rowsOfParts(parts, 'all')}`,
    `CREATE OR REPLACE VIEW offers_newest AS ${rowsOfNewestPoll(files)}`,
    ...polls('offers_between(first_poll, last_poll)', { first: 'first_poll', last: 'last_poll' }),
    ...polls('offers_at(at_poll)', { first: 'at_poll', last: 'at_poll' }),
    'CREATE OR REPLACE VIEW offers_verified AS FROM offers_raw WHERE verified = 1',
    'CREATE OR REPLACE VIEW offers_deverified AS FROM offers_raw WHERE deverified = 1',
    `CREATE OR REPLACE VIEW offers_unverified AS
      FROM offers_raw WHERE coalesce(verified, 0) = 0 AND coalesce(deverified, 0) = 0`,
  ];
}

function polls(signature: string, range: { first: string; last: string }): readonly string[] {
  const rows = offerRows({ columns: 'all', spans: (facet) => `FROM ${facet}_spans`, polls: range });
  return [`CREATE OR REPLACE MACRO ${signature} AS TABLE ${rows}`];
}

/** `offers_raw` of the newest poll alone, from spans that are at hand: a hundredth of the work. */
function rowsOfNewestPoll({ period }: StoreFiles): string {
  const poll = String(period.lastPoll);
  return offerRows({
    columns: 'raw',
    spans: (facet) => `FROM ${facet}_now`,
    polls: { first: poll, last: poll },
  });
}

/**
 * Part by part, since a join within a month is a twelfth of the work of one over a year, and with the part's times
 * stated, so that a condition on `ts` leaves out the parts that it cannot meet.
 */
function rowsOfParts(parts: readonly Part[], columns: 'raw' | 'all'): string {
  const [only, ...more] = parts.map(({ firstTsMs, lastTsMs, spans }) => {
    const rows = `SELECT * FROM (${offerRows({ columns, spans })})`;
    const after = Number.isFinite(firstTsMs) ? `ts >= '${formatIso(firstTsMs)}' AND ` : '';
    return `${rows} WHERE ${after}ts <= '${formatIso(lastTsMs)}'`;
  });
  if (only === undefined) {
    return `SELECT * FROM (${offerRows({ columns, spans: (facet) => `FROM ${facet}_spans` })}) WHERE false`;
  }
  return [only, ...more].join(' UNION ALL ');
}
