// Goal: memory is given back, and nothing but memory changes.
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { freeArray } from '../../../src/watch/reports/free-array.ts';
import { listPieces, priceQuantiles } from '../../../src/watch/reports/price-pieces.ts';
import { giveMemoryBack, queryRows } from '../../../src/watch/reports/source.ts';

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
  const options = { keys: 2, prices, quantiles: [0.5], wants: () => true };
  list.add(0, 1, 3);
  const one = priceQuantiles(options, list.walk);
  expect([...one.quantiles]).toEqual([2, Number.NaN]);
  // More pieces than the first answer has room for, and than the list begins with.
  for (let piece = 0; piece < 2_000; piece += 1) list.add(1, 4, 1);
  const two = priceQuantiles({ ...options, reuse: one }, list.walk);
  expect(one.space.pieces.length).toBe(0);
  expect([...two.quantiles]).toEqual([2, 5]);
  expect(two.sumOf(1)).toBe(10_000);
  two.free();
  list.free();
  expect([...two.quantiles]).toEqual([2, 5]);
  expect(two.space.pieces.length).toBe(0);
});
