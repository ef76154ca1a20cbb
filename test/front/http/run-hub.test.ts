// Goal: a reader that takes nothing costs nothing and is cut off, what it looked at with it; one that is slow is given the newest
// view and told of lines that it was too late for.
import { describe, expect, it } from 'vitest';
import { SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import type { RunMessage } from '../../../src/front/http/protocol/run-stream.ts';
import { createRunHub, type RunHub, type RunHubOptions } from '../../../src/front/http/runs/run-hub.ts';
import type { ShownLine } from '../../../src/rent/monitor/index.ts';
import { aMonitor, aRun, aView, NOW_MS, type ScriptedMonitor } from '../tui/a-monitor.ts';

const KEY = aRun().key;

interface Hubbed {
  readonly clock: SteppedClock;
  readonly monitor: ScriptedMonitor;
  readonly hub: RunHub;
}

function aHub(options: Partial<RunHubOptions> = {}): Hubbed {
  const clock = new SteppedClock();
  const monitor = aMonitor({ view: aView([aRun()]) });
  return { clock, monitor, hub: createRunHub({ monitor, clock, log: silentLog, ...options }) };
}

/** Messages that are there now, and what has been read of them. */
function reading(stream: ReadableStream<Uint8Array> | undefined, clock: SteppedClock) {
  if (!stream) throw new Error('There are too many readers');
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let read: ReturnType<typeof reader.read> | undefined;
  let chars = 0;
  let id: string | undefined;
  return {
    reader,
    chars: () => chars,
    id: () => id,
    async take(): Promise<readonly RunMessage[]> {
      const messages: RunMessage[] = [];
      for (;;) {
        let isThere = false;
        read ??= reader.read();
        void read.then(() => {
          isThere = true;
        });
        await clock.step(50);
        if (!isThere) return messages;
        const { value, done } = await read;
        read = undefined;
        if (done) return messages;
        const text = decoder.decode(value);
        chars += text.length;
        id = [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? id;
        for (const [, data = ''] of text.matchAll(/^data: (.+)$/gm)) {
          messages.push(JSON.parse(data) as RunMessage);
        }
      }
    },
  };
}

const line = (seq: number, text = `line ${seq}`): ShownLine => ({ seq, attempt: 1, atMs: NOW_MS, text });
const seqs = (messages: readonly RunMessage[]) =>
  messages.flatMap((message) => (message.kind === 'lines' ? message.lines.map(({ seq }) => seq) : []));
const kinds = (messages: readonly RunMessage[]) => messages.map(({ kind }) => kind);

describe('a stream of the monitor', () => {
  it('begins with the whole view, and then has what changed of it', async () => {
    const { clock, monitor, hub } = aHub();
    monitor.show(aView([aRun(), aRun({ instanceId: 7 })]));
    const stream = reading(hub.open({ after: undefined }), clock);
    const [begin, whole] = await stream.take();
    expect(begin).toMatchObject({ kind: 'begin', viewer: expect.any(String) });
    expect(whole).toMatchObject({ kind: 'view', delta: { order: [KEY, 'instance 7'], changed: [] } });
    const before = stream.chars();
    monitor.show(aView([aRun({ step: 501 }), aRun({ instanceId: 7 })], { atMs: NOW_MS + 1 }));
    expect(await stream.take()).toEqual([
      {
        kind: 'view',
        delta: {
          head: expect.objectContaining({ atMs: NOW_MS + 1 }),
          whole: [],
          changed: [{ key: KEY, step: 501 }],
        },
      },
    ]);
    expect(stream.chars() - before).toBeLessThan(500);
  });

  it('says that it is there when nothing happens', async () => {
    const { clock, hub } = aHub({ quietMs: 5_000 });
    const stream = reading(hub.open({ after: undefined }), clock);
    await stream.take();
    await clock.step(6_000);
    expect(kinds(await stream.take())).toEqual(['here']);
  });

  it('goes on after the message that was had last, also from before the reader was there', async () => {
    const { clock, monitor, hub } = aHub();
    const first = reading(hub.open({ after: undefined }), clock);
    monitor.tellLines(KEY, [line(1)]);
    expect(seqs(await first.take())).toEqual([1]);
    await first.reader.cancel();
    monitor.tellLines(KEY, [line(2)]);
    monitor.tellLines(KEY, [line(3)]);
    expect(seqs(await reading(hub.open({ after: first.id() }), clock).take())).toEqual([2, 3]);
    expect(seqs(await reading(hub.open({ after: undefined }), clock).take())).toEqual([]);
    // Of a process that is no more: whatever there is may be new.
    expect(seqs(await reading(hub.open({ after: 'other.2' }), clock).take())).toEqual([1, 2, 3]);
  });

  it('refuses one more than there may be', () => {
    const { hub } = aHub({ readersMax: 2 });
    expect([1, 2, 3].map(() => hub.open({ after: undefined }) !== undefined)).toEqual([true, true, false]);
    expect(hub.readers()).toBe(2);
  });
});

describe('a reader that is slow', () => {
  it('is given the newest view alone, and is told that lines were missed', async () => {
    const { clock, monitor, hub } = aHub({ stuckMs: 1_000_000 });
    const slow = reading(hub.open({ after: undefined }), clock);
    await slow.take();
    monitor.tellLines(KEY, [line(1)]);
    expect(seqs(await slow.take())).toEqual([1]);
    const before = slow.chars();
    for (let at = 1; at <= 3_000; at += 1) {
      monitor.show(aView([aRun({ step: at })], { atMs: NOW_MS + at }));
      monitor.tellLines(KEY, [line(1 + at, 'x'.repeat(4_000))]);
    }
    const messages = await slow.take();
    expect(messages.filter(({ kind }) => kind === 'view')).toHaveLength(1);
    expect(kinds(messages)).toContain('missed');
    const had = seqs(messages);
    expect(had.at(-1)).toBe(3_001);
    expect(had[0]).toBeGreaterThan(2);
    expect(new Set(had).size).toBe(had.length);
    // 12 MB were said.
    expect(slow.chars() - before).toBeLessThan(4_200_000);
  });

  it('is cut off when it takes nothing, and what it looked at is looked at no more', async () => {
    const cut: string[] = [];
    const { clock, monitor, hub } = aHub({ stuckMs: 30_000 });
    const stream = hub.open({ after: undefined, onCut: () => void cut.push('cut') });
    const [begin] = await reading(stream, clock).take();
    const viewer = begin?.kind === 'begin' ? begin.viewer : '';
    expect(hub.look(viewer, [KEY])).toBe(true);
    // The view waits in the stream now, and nobody takes what comes after it.
    monitor.show(aView([aRun({ step: 2 })], { atMs: NOW_MS + 1 }));
    await clock.step(1_000);
    monitor.show(aView([aRun({ step: 3 })], { atMs: NOW_MS + 2 }));
    expect(hub.readers()).toBe(1);
    await clock.step(29_000);
    expect(hub.readers()).toBe(1);
    await clock.step(10_000);
    expect([hub.readers(), hub.cutOff(), cut.length]).toEqual([0, 1, 1]);
    expect(monitor.asked.at(-1)).toBe('look at ');
    expect(hub.look(viewer, [KEY])).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });
});
