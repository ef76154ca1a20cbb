import { describe, expect, it } from 'vitest';
import { readValues, UnfitValue } from '../../../../src/watch/history/journal/line-values.ts';
import { createRowPacker } from '../../../../src/watch/history/journal/pack-rows.ts';
import {
  MACHINE_AT,
  NUMBERS_END,
  PACKED_FACETS,
  ROW_NUMBERS,
  ROW_TEXTS,
  TEXTS_END,
} from '../../../../src/watch/history/journal/row-layout.ts';
import { FACETS } from '../../../../src/watch/history/journal/schema.ts';
import type { Observation } from '../../../../src/watch/history/observation.ts';
import { anObservation, aPoll } from './poll-builders.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

describe('a packed row', () => {
  it('gives back every column of every facet, in the facet’s order', () => {
    const packer = createRowPacker();
    packer.add(anObservation({ offerId: 1, gpuName: 'other', driver: '1' }));
    const observation = anObservation();
    const row = packer.add(observation);
    for (const facet of PACKED_FACETS) {
      const expected = FACETS[facet].columns.map(({ field }) => field && observation[field]);
      expect(readValues(facet, packer.rows(), row), facet).toEqual(expected);
    }
    expect([NUMBERS_END <= ROW_NUMBERS, TEXTS_END <= ROW_TEXTS]).toEqual([true, true]);
    expect(packer.rows().numbers[row * ROW_NUMBERS + MACHINE_AT]).toBe(observation.machineId);
  });

  it('keeps null where there is nothing to keep, and 0 for -0', () => {
    const nothing = Object.fromEntries(
      Object.keys(anObservation()).map((field) => [field, undefined]),
    ) as unknown as Observation;
    const packer = createRowPacker();
    packer.add(nothing);
    packer.add(anObservation({ dphBase: Number.NaN, minBid: Number.POSITIVE_INFINITY, reservedPrice: -0 }));
    for (const facet of PACKED_FACETS) {
      expect(new Set(readValues(facet, packer.rows(), 0)), facet).toEqual(new Set([null]));
    }
    expect(readValues('quote', packer.rows(), 1)).toEqual([null, null, 0]);
  });

  it('is replaced in its place, and forgotten when the packer is cleared', () => {
    const packer = createRowPacker();
    for (let offerId = 1; offerId <= 1_000; offerId += 1) packer.add(anObservation({ offerId }));
    packer.replace(500, anObservation({ offerId: 77, cpuName: 'new' }));
    expect(packer.length).toBe(1_000);
    expect(packer.rows().numbers[500 * ROW_NUMBERS]).toBe(77);
    expect(readValues('hardware', packer.rows(), 500)).toContain('new');
    expect(readValues('hardware', packer.rows(), 501)).not.toContain('new');
    packer.clear();
    expect(packer.rows()).toMatchObject({ length: 0, words: [null] });
  });

  it.each([
    [
      'a text among numbers',
      { dphTotal: '0.5' as unknown as number },
      'dph_total is "0.5", which is no number',
    ],
    ['a number among texts', { geolocation: 5 as unknown as string }, 'geolocation is 5, which is no text'],
  ])('is refused for %s', (_title, over, sentence) => {
    expect(() => createRowPacker().add(anObservation(over))).toThrow(UnfitValue);
    expect(() => createRowPacker().add(anObservation(over))).toThrow(sentence);
  });
});

describe('a poll of packed rows', () => {
  it('is the same poll as one of observations, in however many blocks, with the last row of a line counting', () => {
    const plain = openForWriting(tempDir());
    const packed = openForWriting(tempDir());
    const market = (poll: number) =>
      Array.from({ length: 60 }, (_, i) =>
        anObservation({
          offerId: 1 + ((i * 7) % 50),
          machineId: 10 + (i % 9),
          dphTotal: ((i * poll) % 11) / 10,
          reliability: 0.9 + ((i + poll) % 5) / 100,
          gpuName: `GPU ${(i + Math.floor(poll / 3)) % 4}`,
          type: i % 3 === 0 ? 'interruptible' : 'on-demand',
        }),
      ).slice(poll % 4);
    for (let poll = 1; poll <= 12; poll += 1) {
      const { observations, ...frame } = aPoll(poll, market(poll));
      const blocks = [0, 13, 13, 40].map((from, index, all) => {
        const packer = createRowPacker();
        for (const o of observations.slice(from, all[index + 1])) packer.add(o);
        return packer.rows();
      });
      const expected = plain.append({ ...frame, observations });
      expect(packed.append({ ...frame, rows: blocks })).toMatchObject({
        rows: expected.rows,
        events: expected.events,
        appeared: expected.appeared,
        missing: expected.missing,
      });
      expect(packed.lastPoll()).toEqual(plain.lastPoll());
    }
  });
});
