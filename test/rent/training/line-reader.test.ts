// Bytes to lines, however they are cut.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineReader, createLogParser, type LogLine } from '../../../src/rent/training/index.ts';

function linesOf(chunks: readonly Uint8Array[], maxChars?: number): readonly LogLine[] {
  const reader = createLineReader(maxChars === undefined ? {} : { maxChars });
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}
const texts = (text: string) => linesOf([Buffer.from(text)]).map((line) => line.text);
const endings = (text: string) => linesOf([Buffer.from(text)]).map(({ ending }) => ending);

describe('lines', () => {
  it('end with a newline, a Windows line end, or nothing', () => {
    expect(texts('a\nb\r\nc')).toEqual(['a', 'b', 'c']);
    expect(endings('a\nb\r\nc')).toEqual(['newline', 'newline', 'none']);
  });

  it('of a bar are states that overwrite each other, each told as such', () => {
    expect(texts('\r10%\r20%\n')).toEqual(['', '10%', '20%']);
    expect(endings('\r10%\r20%\n')).toEqual(['return', 'return', 'newline']);
  });

  it('show what stands in a line that is not ended, and do not give it before it is', () => {
    const reader = createLineReader();
    expect(reader.push(Buffer.from('step: 12'))).toEqual([]);
    expect(reader.pending()).toBe('step: 12');
    expect(reader.push(Buffer.from('3\n')).map(({ text }) => text)).toEqual(['step: 123']);
    expect(reader.pending()).toBe('');
  });

  it('lose colours, cursor movements, titles, links, backspaces and other control characters', () => {
    const text =
      '\u001b[1m\u001b[32mloss\u001b[0m: \u001b[K0.5\u001b[A\u001b]0;title\u0007\u001b]8;;http://x\u001b\\x\b\b\b\u0000\u007f\n';
    expect(texts(text)).toEqual(['loss: 0.5x']);
  });

  it('keep tabs, and letters of any script', () => {
    expect(texts('損失\t0.5 ━━ é\n')).toEqual(['損失\t0.5 ━━ é']);
  });

  it('have a mark where bytes are not UTF-8', () => {
    const bytes = [Buffer.from('loss '), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from(' 1\n')];
    expect(linesOf(bytes).map(({ text }) => text)).toEqual(['loss \ufffd\ufffd\ufffd 1']);
  });

  it('are kept to their greatest length, and said to be cut one character above it', () => {
    expect(linesOf([Buffer.from('12345\n123456\n7\n')], 5)).toEqual([
      { text: '12345', ending: 'newline', isCut: false },
      { text: '12345', ending: 'newline', isCut: true },
      { text: '7', ending: 'newline', isCut: false },
    ]);
  });

  it('of 100 MB without an end take no memory', () => {
    const file = fileURLToPath(new URL('./endless-line.process.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--expose-gc', file], { encoding: 'utf8' });
    const { grownMb, pendingChars } = JSON.parse(output) as { grownMb: number; pendingChars: number };
    expect(pendingChars).toBe(65_536);
    expect(grownMb).toBeLessThan(5);
  });

  it('are the same wherever the bytes are cut, and so are the events', () => {
    const piece = fc.constantFrom(
      'step:1/20 train_loss:2.5 train_time:10ms step_avg:nanms\n',
      '\r 10%|█▏  | 1/10 [00:01<00:09,  1.00it/s]',
      "{'loss': 0.5, 'epoch': 0.1}\r\n",
      '\u001b[32mEpoch 1/3\u001b[0m\n',
      '100/100 [====] - 3s 25ms/step - loss: 1.5\b\b\b\r',
      'no newline',
      '\r\r\n',
      '漢字 ━━╸\n',
    );
    const log = fc
      .array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 30 })
      .map((all) => all.join(''));
    const wild = fc.uint8Array({ maxLength: 12 });
    fc.assert(
      fc.property(log, wild, fc.array(fc.nat(2_000), { maxLength: 12 }), (text, noise, places) => {
        const bytes = Buffer.concat([Buffer.from(text), noise, Buffer.from(text)]);
        const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...cuts].map((from, n) => bytes.subarray(from, cuts[n] ?? bytes.length));
        const whole = linesOf([bytes]);
        expect(linesOf(chunks)).toEqual(whole);
        const eventsOf = (lines: readonly LogLine[]) => {
          const parser = createLogParser({ nowMs: () => 0 });
          return lines.flatMap((line) => parser.push(line.text));
        };
        expect(eventsOf(linesOf(chunks))).toEqual(eventsOf(whole));
      }),
      { numRuns: 150 },
    );
  });
});
