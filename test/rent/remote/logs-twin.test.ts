// Reading logs on the twin: every byte once, wherever the connection is cut.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom, silentLog } from '../../../src/base/std/index.ts';
import { createRemoteLog, keepLog, type LogChunk, type LogStream } from '../../../src/rent/remote/index.ts';
import { aTwin, stepped } from './a-target.ts';

const PATH = '/workspace/log';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vd-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Collects until the stream ends; every chunk has to begin where the one before it ended. */
async function collect(chunks: AsyncIterable<LogChunk>, from = 0): Promise<{ text: string; said: string[] }> {
  let position = from;
  let text = '';
  const said: string[] = [];
  for await (const { offset, bytes, restarted } of chunks) {
    if (restarted) {
      said.push(restarted);
      position = 0;
      text = '';
    }
    expect(offset).toBe(position);
    position += bytes.length;
    text += Buffer.from(bytes).toString('latin1');
  }
  return { text, said };
}

describe('a log of the twin', () => {
  it('is read once, whole and in order, however often the connection is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waitMs: fc.nat(3_000), text: fc.string({ maxLength: 300 }) }), {
          maxLength: 40,
        }),
        fc.array(fc.nat(4_000), { maxLength: 25 }),
        fc.boolean(),
        fc.integer(),
        async (pieces, cuts, isLate, seed) => {
          const target = { ...aTwin({ roundTripMs: 7 }), random: createRandom(seed) };
          const { clock, twin } = target;
          let isWritten = false;
          let written = '';
          const write = async () => {
            if (!isLate) twin.files.write(PATH, '');
            for (const { waitMs, text } of pieces) {
              await clock.sleep(waitMs);
              const line = `${Buffer.from(text).toString('latin1')}\n`;
              written += line;
              twin.files.append(PATH, Buffer.from(line, 'latin1'));
            }
            isWritten = true;
          };
          const cut = async () => {
            for (const waitMs of cuts) {
              await clock.sleep(waitMs);
              twin.cutConnections();
            }
          };
          const log = createRemoteLog(target, { path: PATH, isOver: async () => isWritten });
          const [read] = await stepped(
            clock,
            Promise.all([collect(log.read(0, { follow: true })), write(), cut()]),
            500,
          );
          expect(read).toEqual({ text: written, said: [] });
          expect(twin.refusals).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is kept in a file, from which a second reader goes on without a byte twice', async () => {
    const target = aTwin();
    const { clock, twin } = target;
    twin.files.write(PATH, 'one\ntwo\n');
    const file = join(folder, 'job', 'log');
    const log = createRemoteLog(target, { path: PATH });
    const keep = (stream: LogStream) => keepLog({ log: stream, file, follow: false });
    // Files are no work of the clock: they are waited for, and the clock has nothing to do.
    expect(await collect(keep(log))).toEqual({ text: 'one\ntwo\n', said: [] });
    twin.files.append(PATH, Buffer.from('three\n'));
    expect(await collect(keep(log), 8)).toEqual({ text: 'three\n', said: [] });
    expect(await collect(keep(log), 14)).toEqual({ text: '', said: [] });
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n');
    await clock.untilIdle();
  });

  it('that is another than the kept one is said, and the kept one is moved aside', async () => {
    const target = aTwin();
    const file = join(folder, 'log');
    writeFileSync(file, 'old log\n');
    const log = createRemoteLog(target, { path: PATH });
    target.twin.files.write(PATH, 'a new and longer log\n');
    const keep = () => keepLog({ log, file, follow: false });
    expect(await collect(keep())).toEqual({ text: 'a new and longer log\n', said: ['replaced'] });
    target.twin.files.write(PATH, 'short\n');
    expect(await collect(keep())).toEqual({ text: 'short\n', said: ['replaced'] });
    expect(readdirSync(folder).sort()).toEqual(['log', 'log.1', 'log.2']);
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('old log\n');
    expect(readFileSync(`${file}.2`, 'utf8')).toBe('a new and longer log\n');
  });

  it('that is gone with its machine leaves the kept one as it is', async () => {
    const target = aTwin();
    const file = join(folder, 'log');
    writeFileSync(file, 'kept\n');
    const log = createRemoteLog(target, { path: PATH });
    expect(await collect(keepLog({ log, file, follow: false }), 5)).toEqual({ text: '', said: [] });
    expect(readFileSync(file, 'utf8')).toBe('kept\n');
  });

  it.each([
    ['cut', 'truncated', (twin: ReturnType<typeof aTwin>['twin']) => twin.files.write(PATH, 'b\n')],
    [
      'exchanged for a shorter one',
      'truncated',
      (twin: ReturnType<typeof aTwin>['twin']) => {
        twin.files.rename(PATH, `${PATH}.1`);
        twin.files.write(PATH, 'b\n');
      },
    ],
  ])('that is %s while it is followed is said, and read from its start', async (_what, restart, change) => {
    const target = aTwin();
    const { clock, twin } = target;
    twin.files.write(PATH, 'first line\n');
    let isOver = false;
    const log = createRemoteLog(target, { path: PATH, isOver: async () => isOver });
    const reading = collect(log.read(0, { follow: true }));
    await clock.step(1_000);
    change(twin);
    await clock.step(1_000);
    isOver = true;
    expect(await stepped(clock, reading)).toEqual({ text: 'b\n', said: [restart] });
  });

  it('that was exchanged for a longer one while nobody was connected is said', async () => {
    const target = aTwin();
    const { clock, twin } = target;
    twin.files.write(PATH, 'first line\n');
    let isOver = false;
    const log = createRemoteLog(target, { path: PATH, isOver: async () => isOver });
    const reading = collect(log.read(0, { follow: true }));
    await clock.step(1_000);
    twin.stop();
    twin.files.write(PATH, 'another log, and longer\n');
    await clock.step(5_000);
    twin.start();
    isOver = true;
    expect(await stepped(clock, reading)).toEqual({ text: 'another log, and longer\n', said: ['replaced'] });
  });

  it('is followed from its present end by who wants only what comes', async () => {
    const target = aTwin();
    const { clock, twin } = target;
    twin.files.write(PATH, 'before\n');
    const log = createRemoteLog(target, { path: PATH });
    const from = await stepped(clock, log.end());
    const stopping = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { bytes } of log.read(from, { follow: true, signal: stopping.signal }))
        seen.push(Buffer.from(bytes).toString());
    })();
    await clock.step(1_000);
    twin.files.append(PATH, Buffer.from('after\n'));
    await clock.step(1_000);
    const reason = new Error('enough');
    stopping.abort(reason);
    await expect(stepped(clock, reading)).rejects.toBe(reason);
    expect(seen).toEqual(['after\n']);
    await clock.step(10_000);
    expect(twin.processes()).toEqual([]);
  });

  it('stays readable from here when the machine is away for ten hours', async () => {
    const target = { ...aTwin(), log: silentLog };
    const { clock, twin } = target;
    twin.files.write(PATH, 'one\n');
    let isOver = false;
    const log = createRemoteLog(target, { path: PATH, isOver: async () => isOver });
    const reading = collect(log.read(0, { follow: true }));
    await clock.step(1_000);
    twin.stop();
    await clock.step(36_000_000);
    twin.start();
    twin.files.append(PATH, Buffer.from('two\n'));
    isOver = true;
    expect(await stepped(clock, reading)).toEqual({ text: 'one\ntwo\n', said: [] });
  });
});
