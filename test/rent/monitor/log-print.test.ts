// Whether a log is still the one that was read, by what is kept of it: cut, replaced, rotated, copied, begun alike.
import { describe, expect, it } from 'vitest';
import {
  comparePrint,
  type LogFile,
  type LogPrint,
  makeLogPrint,
  PRINT_BYTES,
  parseLogPrint,
} from '../../../src/rent/monitor/sources/log-print.ts';

const FILE: LogFile = { path: '/log', inode: '7', bornAtMs: 1_000 };
const LINES = 'step 1/9 loss 4.0\nstep 2/9 loss 3.0\n';
const READ = Buffer.from(LINES);
const READ_AT_MS = 60_000;

const print = (of: Uint8Array = READ, file = FILE): LogPrint => {
  const made = makeLogPrint(file, { bytes: of.subarray(-PRINT_BYTES), end: of.length, atMs: READ_AT_MS });
  if (!made) throw new Error('there are bytes');
  return made;
};
/** What is said of a log with this content, in this file. */
const said = (content: string | Uint8Array, file: Partial<LogFile> = {}, of = print()) => {
  const bytes = Buffer.from(content);
  return comparePrint(
    of,
    { ...FILE, ...file, sizeBytes: bytes.length },
    bytes.subarray(of.offset, of.offset + of.length),
  );
};
const YOUNGER = { inode: '8', bornAtMs: READ_AT_MS + 5_001 };

describe('a log', () => {
  it('that has grown, or not, is the same', () => {
    expect(said(READ)).toBeNull();
    expect(said(`${LINES}step 3/9 loss 2.0\n`)).toBeNull();
  });

  it('that is shorter was cut, and at the very length it was not', () => {
    expect(said(READ.subarray(0, -1))).toBe('truncated');
    expect(said('')).toBe('truncated');
  });

  it('that holds other bytes was replaced, though it is longer and the same file', () => {
    expect(said('step 1/9 loss 5.0\nstep 2/9 loss 4.5\nstep 3/9 loss 4.0\n')).toBe('replaced');
  });

  it('that was copied and cut by its rotation, and goes on behind a hole, was replaced', () => {
    expect(said(Buffer.concat([Buffer.alloc(READ.length), Buffer.from('step 3/9 loss 2.0\n')]))).toBe(
      'replaced',
    );
  });

  it('that begins with the same lines is another one only in another file that was made since', () => {
    const again = `${LINES}step 3/9 loss 2.5\n`;
    expect(said(again, YOUNGER)).toBe('replaced');
    expect(said(again, { ...YOUNGER, bornAtMs: READ_AT_MS + 5_000 })).toBeNull();
    expect(said(again, { bornAtMs: YOUNGER.bornAtMs })).toBeNull();
    expect(said(again, { ...YOUNGER, bornAtMs: null })).toBeNull();
    expect(said(again, { ...YOUNGER, inode: null })).toBeNull();
  });

  it('that was moved elsewhere and back is the same: its file is older than what was read', () => {
    expect(said(READ, { inode: '8', bornAtMs: 500 })).toBeNull();
  });

  it('of another path is not compared', () => {
    expect(said('other', { path: '/other' })).toBeNull();
  });

  it('of which much was read is known by its last bytes: two attempts that begin alike go apart', () => {
    const lines = (from: string) =>
      Buffer.from(
        `loading\n${Array.from({ length: 500 }, (_, at) => `step ${at}/999 loss ${from}.${at}\n`).join('')}`,
      );
    const of = print(lines('4'));
    expect(of.length).toBe(PRINT_BYTES);
    expect(said(lines('4'), {}, of)).toBeNull();
    expect(said(Buffer.concat([lines('5'), lines('5')]), {}, of)).toBe('replaced');
  });
});

describe('a print', () => {
  it('comes back from its text, and what is none does not', () => {
    expect(parseLogPrint(JSON.stringify(print()))).toEqual(print());
    for (const text of ['', '{', '{}', '[1]', 'null', JSON.stringify({ ...print(), offset: -1 })])
      expect(parseLogPrint(text)).toBeUndefined();
  });

  it('of nothing is none', () => {
    expect(makeLogPrint(FILE, { bytes: new Uint8Array(), end: 0, atMs: 0 })).toBeUndefined();
  });
});
