// Goal: memory is given back, and nothing but memory changes.
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { collectGarbage } from '../../../src/base/std/index.ts';
import { freeArray } from '../../../src/watch/reports/free-array.ts';
import { listPieces, priceQuantiles } from '../../../src/watch/reports/price-pieces.ts';
import { copyColumn, giveMemoryBack, queryRows } from '../../../src/watch/reports/source.ts';

it('leaves the limit where it is, however often memory is given back', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '123MB' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const source = { connection, origin: { kind: 'simulated', seed: '1' } } as const;
  const limit = async () => await queryRows(source, `SELECT current_setting('memory_limit') AS memory`);
  expect(await limit()).toEqual([{ memory: '117.3 MiB' }]);
  await giveMemoryBack(source);
  const before = await limit();
  expect(before[0]?.memory).toMatch(/^117\.[23] MiB$/);
  for (let time = 0; time < 20; time += 1) await giveMemoryBack(source);
  expect(await limit()).toEqual(before);
});

it('empties an array that is freed', () => {
  const array = new Float64Array(1_000);
  freeArray(array);
  expect(array.length).toBe(0);
  expect(array.buffer.detached).toBe(true);
});

it('keeps the quantiles of prices whose pieces are freed, also when an answer takes over the memory of another', () => {
  const prices = Float64Array.from([1, 2, 3, 4, 5]);
  const list = listPieces();
  const options = { keys: 2, prices, quantiles: [0.5], wants: () => true, withSums: true };
  list.add(0, 1, 3);
  const one = priceQuantiles(options, list.walk);
  expect([...one.quantiles]).toEqual([2, Number.NaN]);
  // More pieces than the first answer has room for, and than the list begins with.
  for (let piece = 0; piece < 2_000; piece += 1) list.add(1, 4, 1);
  const two = priceQuantiles({ ...options, reuse: one }, list.walk);
  expect(one.space.pieces.length).toBe(0);
  expect([...two.quantiles]).toEqual([2, 5]);
  expect(two.sums[1]).toBe(10_000);
  two.free();
  list.free();
  expect([...two.quantiles]).toEqual([2, 5]);
  expect(two.space.pieces.length).toBe(0);
});

it('finds the same figures whether all pieces are in memory at once or few', () => {
  const pieces = Array.from({ length: 500 }, (_, at) => ({
    // Keys without a piece, and one that has more than there may be at once.
    key: at < 150 ? 3 : ((at * 7) % 20) * 2,
    rank: (at * 13) % 11,
    weight: 1 + (at % 4),
  }));
  const prices = Float64Array.from({ length: 11 }, (_, rank) => rank / 3);
  let walks = 0;
  const find = (atOnce?: number) =>
    priceQuantiles(
      {
        keys: 40,
        prices,
        quantiles: [0.1, 0.5],
        wants: (key) => key !== 4,
        withSums: true,
        ...(atOnce === undefined ? {} : { atOnce }),
      },
      (add, { from, to }) => {
        walks += 1;
        for (const { key, rank, weight } of pieces)
          if (key >= from && key < to) add(key, rank === 0 ? -1 : rank, weight);
      },
    );
  const whole = find();
  expect(walks).toBe(2);
  for (const atOnce of [1, 50, 499, 500]) {
    const few = find(atOnce);
    for (const name of ['priced', 'unpriced', 'sums', 'quantiles'] as const)
      expect(few[name]).toEqual(whole[name]);
    expect(few.space.pieces.length).toBeLessThanOrEqual(Math.max(150, atOnce));
  }
  expect(walks).toBeGreaterThan(10);
  expect(whole.priced.reduce((sum, polls) => sum + polls)).toBeGreaterThan(500);
});

it('copies a column as a whole or number by number, a null as NaN', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const result = await connection.run(
    `SELECT i::DOUBLE / 7, i::INTEGER, (i % 250)::UTINYINT, CASE WHEN i % 3 > 0 THEN i::DOUBLE END FROM range(3000) r(i)`,
  );
  const columns = [0, 1, 2, 3].map(() => new Float64Array(3_000));
  let at = 0;
  for (let number = 0; number < result.chunkCount; number += 1) {
    const chunk = result.getChunk(number);
    for (const [column, target] of columns.entries()) copyColumn(chunk, column, target, at);
    at += chunk.rowCount;
  }
  const numbers = Array.from({ length: 3_000 }, (_, i) => i);
  expect(columns.map((column) => [...column])).toEqual([
    numbers.map((i) => i / 7),
    numbers,
    numbers.map((i) => i % 250),
    numbers.map((i) => (i % 3 > 0 ? i : Number.NaN)),
  ]);
});

it('collects what nobody holds, and leaves no collector behind for others', () => {
  const makeGarbage = () => new WeakRef({ array: new Float64Array(1_000) });
  const garbage = makeGarbage();
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    collectGarbage('minor');
    collectGarbage('major');
    expect(garbage.deref()).toBeUndefined();
    expect(Reflect.get(globalThis, 'gc')).toBeUndefined();
  });
});
