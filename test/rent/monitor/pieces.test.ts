// The small parts: checksums and records of event files, windows that move on, names, and totals.
import { describe, expect, it } from 'vitest';
import { newLines } from '../../../src/rent/monitor/sources/new-lines.ts';
import { crc32c } from '../../../src/rent/monitor/sources/tensorboard/crc32c.ts';
import { scalarsOf } from '../../../src/rent/monitor/sources/tensorboard/scalars.ts';
import {
  createRecordReader,
  DamagedRecordsError,
} from '../../../src/rent/monitor/sources/tensorboard/tf-records.ts';
import { bytesField, eventFileOf, eventOf, recordOf, varint } from './an-event-file.ts';

describe('the checksum of records', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
  it.each([
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
  ])('of %s', (_what, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});

describe('an event file', () => {
  const file = eventFileOf([
    { step: 1, scalars: { loss: 2.5 } },
    { step: 2 ** 31 + 5, scalars: { loss: Number.NaN, lr: 0.5 }, atMs: 1_500 },
  ]);

  it('gives the same records in pieces of any size', () => {
    for (const size of [1, 5, 16, 1_000]) {
      const reader = createRecordReader();
      const events = [];
      for (let from = 0; from < file.length; from += size)
        for (const { data } of reader.push(file.subarray(from, from + size))) events.push(scalarsOf(data));
      expect(events).toEqual([
        { atMs: 1_767_225_600_000, step: 1, scalars: [{ tag: 'loss', value: 2.5 }] },
        {
          atMs: 1_500,
          step: 2 ** 31 + 5,
          scalars: [
            { tag: 'loss', value: Number.NaN },
            { tag: 'lr', value: 0.5 },
          ],
        },
      ]);
    }
  });

  it.each([
    ['a length', 3],
    ['the checksum of a length', 9],
    ['the data', 20],
    [
      'the checksum of the data',
      file.indexOf(recordOf(eventOf({ step: 1, scalars: { loss: 2.5 } })).subarray(-4)),
    ],
  ])('is refused from where %s is damaged, for good', (_what, at) => {
    const damaged = Buffer.from(file);
    damaged[at] = (damaged[at] as number) ^ 0x40;
    const reader = createRecordReader();
    expect(() => reader.push(damaged)).toThrow(DamagedRecordsError);
    expect(() => reader.push(file)).toThrow('damaged at byte 0');
  });

  it('with a record of images in it is read on behind that', () => {
    const reader = createRecordReader();
    const records = reader.push(Buffer.concat([recordOf(Buffer.alloc(3_000_000, 1)), file]));
    expect(records.map(({ data }) => scalarsOf(data)?.step)).toEqual([1, 2 ** 31 + 5]);
  });

  it('holds scalars as tensors too, and nothing else counts as one', () => {
    const tensor = (content: Buffer) =>
      bytesField(
        5,
        bytesField(1, Buffer.concat([bytesField(1, Buffer.from('acc')), bytesField(8, content)])),
      );
    const float = Buffer.alloc(4);
    float.writeFloatLE(0.75);
    const scalar = Buffer.concat([varint(1 << 3), varint(1), bytesField(4, float)]);
    expect(scalarsOf(tensor(scalar))?.scalars).toEqual([{ tag: 'acc', value: 0.75 }]);
    const histogram = Buffer.concat([
      varint(1 << 3),
      varint(1),
      bytesField(4, Buffer.concat([float, float])),
    ]);
    expect(scalarsOf(tensor(histogram))).toBeUndefined();
    for (let cut = 0; cut < 30; cut += 1) {
      expect(() => scalarsOf(eventOf({ step: 1, scalars: { loss: 1 } }).subarray(0, cut))).not.toThrow();
    }
  });
});

describe('what is new in a window that moves on', () => {
  const cases: [what: string, before: string, now: string, fresh: string][] = [
    ['everything at first', '', 'abc', 'abc'],
    ['nothing where nothing came', 'abc', 'abc', ''],
    ['what came behind', 'abc', 'abcde', 'de'],
    ['what came while the start went', 'abcdef', 'defgh', 'gh'],
    ['all of it where nothing is left', 'abc', 'xyz', 'xyz'],
    ['what came where lines repeat themselves', 'aaab', 'aabaab', 'aab'],
    ['the least that it may be where all lines are alike', 'aaa', 'aaaa', 'a'],
    ['everything again after it was cleared', 'abc', 'a', 'a'],
  ];
  it.each(cases)('is %s', (_what, before, now, fresh) => {
    expect(newLines(before.split(''), now.split('')).join('')).toBe(fresh);
  });
});
