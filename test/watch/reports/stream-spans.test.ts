// Goal: spans that come part by part stand where those that come at once do, whatever else is asked meanwhile.
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { createLineIndex, type LineSpans, loadLineSpans } from '../../../src/watch/reports/line-spans.ts';
import { streamLineSpans } from '../../../src/watch/reports/stream-spans.ts';

const LINES = 500;
const SPANS = 200_000;
const PARTS = 3;

const makeValues = (length: number) => new Float64Array(length);

async function openSpans() {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  // Each part is sorted by line; lines that only later parts have, and nulls, are among them.
  await connection.run(`CREATE TABLE spans AS
    SELECT part, line, row_number() OVER (PARTITION BY line ORDER BY part, i)::INTEGER AS f, v
    FROM (SELECT i, i * ${PARTS} // ${SPANS} AS part, (hash(i) % (${LINES} + 100 * part))::DOUBLE AS line,
      CASE WHEN i % 10 > 0 THEN i / 7 END AS v FROM range(${SPANS}) r(i))
    ORDER BY part, line, f`);
  const source = { connection, origin: { kind: 'simulated', seed: '1' } } as const;
  const select = 'SELECT line, f, f + 1 AS e, v FROM spans';
  const queries = Array.from({ length: PARTS }, (_, part) => `${select} WHERE part = ${part}`);
  const whole = await loadLineSpans(source, createLineIndex(), {
    sql: `${select} ORDER BY line, f`,
    makeValues,
  });
  return { connection, source, queries, whole };
}

/** Not toEqual, which takes minutes to show how hundreds of thousands of numbers differ. */
function countDifferences(found: LineSpans<Float64Array>, expected: LineSpans<Float64Array>): number {
  let differences = 0;
  for (const name of ['starts', 'f', 'e', 'value'] as const) {
    const [ours, theirs] = [found[name], expected[name]];
    differences += Math.abs(ours.length - theirs.length);
    for (let at = 0; at < theirs.length; at += 1) if (!Object.is(ours[at], theirs[at])) differences += 1;
  }
  return differences;
}

it('are the same as at once', async () => {
  const { source, queries, whole } = await openSpans();
  const index = createLineIndex();
  const streamed = await streamLineSpans(source, index, { queries, makeValues });
  expect(whole.f.length).toBe(SPANS);
  expect(index.lines).toEqual(index.lines.toSorted((a, b) => a - b));
  expect(countDifferences(streamed, whole)).toBe(0);
});

it('are the same while the connection is asked other things', async () => {
  const { connection, source, queries, whole } = await openSpans();
  let isLoading = true;
  const askOn = async () => {
    let asked = 0;
    for (; isLoading; asked += 1) await connection.run('SELECT count(*) FROM spans');
    return asked;
  };
  const asking = askOn();
  const streamed = await streamLineSpans(source, createLineIndex(), { queries, makeValues });
  isLoading = false;
  expect(await asking).toBeGreaterThan(PARTS);
  expect(countDifferences(streamed, whole)).toBe(0);
});
