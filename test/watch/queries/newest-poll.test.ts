// Goal: a query that means the newest poll reads only that, and every other query keeps its meaning.
import { describe, expect, it } from 'vitest';
import { findNewestPollTables } from '../../../src/watch/queries/newest-poll.ts';
import { tokenize } from '../../../src/watch/queries/sql-tokens.ts';

const NEWEST = '(SELECT MAX(ts) FROM offers_raw)';

/** The query with the tables that are replaced in capitals. */
function marked(sql: string): string {
  const tokens = tokenize(sql);
  const found = findNewestPollTables(tokens);
  return tokens.map(({ text }, at) => (found.includes(at) ? text.toUpperCase() : text)).join('');
}

const inner = (sql: string) => sql.replace('MAX(ts) FROM offers_raw', 'MAX(ts) FROM OFFERS_RAW');
const both = (sql: string) => inner(sql).replace('FROM offers_raw WHERE', 'FROM OFFERS_RAW WHERE');

describe('a query of the newest poll', () => {
  it.each([
    `SELECT * FROM offers_raw WHERE ts = ${NEWEST}`,
    `SELECT * FROM offers_raw WHERE ts = ${NEWEST} AND rented = 1 GROUP BY gpu_name HAVING a OR b`,
    `SELECT * FROM offers_raw WHERE (a OR b) AND ts = ${NEWEST} ORDER BY ts`,
    `WITH now AS (SELECT * FROM offers_raw WHERE ts = ${NEWEST}) SELECT * FROM now`,
  ])('reads it alone: %s', (sql) => {
    expect(marked(sql)).toBe(both(sql));
  });

  it('is recognised through comments and line ends', () => {
    const sql = 'SELECT * FROM offers_raw -- all\nWHERE ts =\n (SELECT max(ts) /* now */ FROM offers_raw)';
    expect(marked(sql).match(/OFFERS_RAW/g)).toHaveLength(2);
  });
});

describe('a query that also looks at other polls', () => {
  it.each([
    `SELECT * FROM offers_raw WHERE ts = ${NEWEST} OR rented = 1`,
    `SELECT * FROM offers_raw WHERE rented = 1 OR a = 2 AND ts = ${NEWEST}`,
    `SELECT * FROM offers_raw WHERE NOT ts = ${NEWEST}`,
    `SELECT * FROM offers_raw WHERE ts < ${NEWEST}`,
    `SELECT * FROM offers_raw WHERE a BETWEEN 1 AND ts = ${NEWEST}`,
    `SELECT * FROM offers_raw WHERE CASE WHEN a AND ts = ${NEWEST} AND b THEN c END`,
    `SELECT * FROM offers_raw WHERE ts = ${NEWEST} || 'x'`,
    `SELECT count(*) FILTER (WHERE ts = ${NEWEST}) FROM offers_raw`,
    `SELECT * FROM polls, offers_raw WHERE ts = ${NEWEST}`,
    `SELECT * FROM offers_raw o WHERE ts = ${NEWEST}`,
  ])('keeps its table: %s', (sql) => {
    expect(marked(sql)).toBe(inner(sql));
  });

  it.each([
    `WITH offers_raw AS (SELECT 1 AS ts) SELECT * FROM offers_raw WHERE ts = ${NEWEST}`,
    `WITH offers_raw(ts) AS (SELECT 1) SELECT * FROM offers_raw WHERE ts = ${NEWEST}`,
    'SELECT * FROM offers_raw WHERE ts = (SELECT MAX(ts) FROM offers_raw WHERE rented = 1)',
    'SELECT * FROM offers_raw WHERE ts = (SELECT MIN(ts) FROM offers_raw)',
    "SELECT '(SELECT MAX(ts) FROM offers_raw)'",
  ])('is left as it is: %s', (sql) => {
    expect(marked(sql)).toBe(sql);
  });
});
