// Goal: a reader of events misses none and sees none twice, over lost connections too; any number of them costs one look at
// the table; and one that does not read is cut off while the memory stays as it was.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { appendEvents, openStore, type Store } from '../../../src/base/store/index.ts';
import { createEventHub, type EventHub } from '../../../src/front/http/index.ts';
import { anHttpWorld, type HttpWorld } from './http-world.ts';

interface Hubbed extends AsyncDisposable {
  readonly clock: SteppedClock;
  readonly store: Store;
  readonly hub: EventHub;
  /** How often the table of events was asked. */
  readonly looks: () => number;
}

async function aHub(
  options: { readonly stuckMs?: number; readonly readersMax?: number } = {},
): Promise<Hubbed> {
  await using opened = new AsyncDisposableStack();
  const clock = new SteppedClock();
  const store = opened.use(await openStore({ url: ':memory:', clock, log: silentLog }));
  let looks = 0;
  const counting = new Proxy(store.db, {
    get: (db, name) => {
      if (name !== 'selectFrom') return Reflect.get(db, name) as unknown;
      return (table: 'events') => {
        if (table === 'events') looks += 1;
        return db.selectFrom(table);
      };
    },
  });
  const hub = opened.use(createEventHub({ store: { db: counting }, clock, log: silentLog, ...options }));
  const kept = opened.move();
  return { clock, store, hub, looks: () => looks, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function happen(store: Store, count: number, noun = 'thing', filling = ''): Promise<void> {
  await store.transaction((trx) =>
    appendEvents(trx, {
      clock: store.clock,
      events: Array.from({ length: count }, (_, index) => ({
        noun,
        id: `${noun} ${index}`,
        status: 'new',
        reason: 'it\nhappened',
        data: { filling },
      })),
    }),
  );
}

/** Reads until it has `count` events, stepping the clock when nothing comes. */
async function take(
  stream: ReadableStream<Uint8Array>,
  { clock, count }: { readonly clock: SteppedClock; readonly count: number },
): Promise<number[]> {
  const reader = stream.getReader();
  let text = '';
  const seqs = () => Array.from(text.matchAll(/^id: (\d+)$/gm), ([, seq]) => Number(seq));
  while (seqs().length < count) {
    const read = reader.read();
    let isRead = false;
    void read.then(() => {
      isRead = true;
    });
    await clock.untilIdle();
    while (!isRead) await clock.step(250);
    const { value, done } = await read;
    if (done) break;
    text += Buffer.from(value).toString('utf8');
  }
  reader.releaseLock();
  return seqs();
}

const from = (start: number, count: number) => Array.from({ length: count }, (_, index) => start + index);

describe('a reader', () => {
  it('that names no event gets only what comes', async () => {
    await using hubbed = await aHub();
    await happen(hubbed.store, 3);
    const stream = await hubbed.hub.open({ afterSeq: undefined, filter: {} });
    await happen(hubbed.store, 2);
    expect(await take(stream!, { clock: hubbed.clock, count: 2 })).toEqual([4, 5]);
  });

  it.each([
    0, 1, 499, 500, 501, 1_234, 2_499, 2_500,
  ])('goes on after event %i of 2,500, through table and memory', async (after) => {
    await using hubbed = await aHub();
    await happen(hubbed.store, 2_500);
    const stream = await hubbed.hub.open({ afterSeq: after, filter: {} });
    await happen(hubbed.store, 700);
    const count = 3_200 - after;
    expect(await take(stream!, { clock: hubbed.clock, count })).toEqual(from(after + 1, count));
  });

  it('that rests while more happens than is kept in memory misses nothing of it', async () => {
    await using hubbed = await aHub();
    const { clock, hub, store } = hubbed;
    const stream = await hub.open({ afterSeq: undefined, filter: {} });
    await happen(store, 2);
    expect(await take(stream!, { clock, count: 2 })).toEqual([1, 2]);
    for (const count of [300, 400, 100]) {
      await happen(store, count);
      await clock.step(250);
    }
    expect(await take(stream!, { clock, count: 800 })).toEqual(from(3, 800));
  });

  it('that names an event which never was gets what comes, as if it had named none', async () => {
    await using hubbed = await aHub();
    await happen(hubbed.store, 2);
    const stream = await hubbed.hub.open({ afterSeq: 99, filter: {} });
    await happen(hubbed.store, 1);
    expect(await take(stream!, { clock: hubbed.clock, count: 1 })).toEqual([3]);
  });

  it('of one noun gets all of those and nothing else, from the table and from memory', async () => {
    await using hubbed = await aHub();
    for (let round = 0; round < 300; round += 1)
      await happen(hubbed.store, 1, round % 3 === 0 ? 'job' : 'rental');
    const stream = await hubbed.hub.open({ afterSeq: 0, filter: { noun: 'job' } });
    await happen(hubbed.store, 2, 'rental');
    await happen(hubbed.store, 2, 'job');
    const jobs = [...from(0, 100).map((index) => 3 * index + 1), 303, 304];
    expect(await take(stream!, { clock: hubbed.clock, count: jobs.length })).toEqual(jobs);
  });

  it('beyond as many as there may be is refused, until one has left', async () => {
    await using hubbed = await aHub({ readersMax: 2 });
    const open = () => hubbed.hub.open({ afterSeq: 0, filter: {} });
    const first = await open();
    await open();
    expect(await open()).toBeUndefined();
    await first?.cancel();
    expect(hubbed.hub.readers()).toBe(1);
    expect(await open()).toBeDefined();
  });

  it('hears that the other end lives while nothing happens', async () => {
    await using hubbed = await aHub();
    const stream = await hubbed.hub.open({ afterSeq: undefined, filter: {} });
    const reader = stream!.getReader();
    await reader.read();
    const next = reader.read();
    let hasCome = false;
    void next.then(() => {
      hasCome = true;
    });
    await hubbed.clock.step(14_500);
    expect(hasCome).toBe(false);
    await hubbed.clock.step(1_000);
    expect(Buffer.from((await next).value as Uint8Array).toString()).toMatch(/^: /);
  });

  it('is ended in order when the hub is', async () => {
    const hubbed = await aHub();
    const stream = await hubbed.hub.open({ afterSeq: undefined, filter: {} });
    const reader = stream!.getReader();
    await reader.read();
    const next = reader.read();
    await hubbed[Symbol.asyncDispose]();
    expect((await next).done).toBe(true);
    expect(hubbed.clock.pendingTimers).toBe(0);
  });
});

describe('the table', () => {
  it('is looked at four times a second for a hundred readers as for one, and never for none', async () => {
    await using hubbed = await aHub();
    const { clock, hub, looks, store } = hubbed;
    await clock.step(10_000);
    expect(looks()).toBe(0);
    const streams = await Promise.all(from(0, 100).map(() => hub.open({ afterSeq: undefined, filter: {} })));
    const all = Promise.all(streams.map((stream) => take(stream!, { clock: new SteppedClock(), count: 0 })));
    await all;
    const readers = streams.map((stream) => stream!.getReader());
    await Promise.all(readers.map((reader) => reader.read()));
    const reading = readers.map((reader) => reader.read());
    await happen(store, 5);
    const before = looks();
    await clock.step(1_000);
    await Promise.all(reading);
    expect(looks() - before).toBeLessThanOrEqual(5);
    for (const reader of readers) await reader.cancel();
    const ended = looks();
    await clock.step(10_000);
    expect(looks() - ended).toBeLessThanOrEqual(1);
    expect(hub.readers()).toBe(0);
  });
});

/** A client that asks and then reads nothing at all. */
async function deafClient({ address, tokens }: HttpWorld): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    `GET /v1/events/stream?after=0 HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${tokens.full.reveal()}\r\n\r\n`,
  );
  return socket;
}

describe('a client on a socket', () => {
  it('goes on after its last event with Last-Event-ID, which goes before what the address says', async () => {
    await using world = await anHttpWorld();
    const { store, clock } = world.world;
    await happen(store, 5);
    const answer = await world.ask('/v1/events/stream?after=1', { headers: { 'last-event-id': '3' } });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await take(answer.body!, { clock, count: 2 })).toEqual([4, 5]);
    await answer.body!.cancel();
    for (const wrong of ['x', '-1', '1.5']) {
      const refused = await world.ask('/v1/events/stream', { headers: { 'last-event-id': wrong } });
      expect(refused.status).toBe(400);
    }
  });

  it('reads events by the typed client, and leaves no trace when it goes', async () => {
    await using world = await anHttpWorld();
    const { store } = world.world;
    await happen(store, 3);
    const gone = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { seq, reason } of world.client.eventStream({ after: 0, signal: gone.signal })) {
        seen.push(`${seq} ${reason}`);
        if (seen.length === 3) break;
      }
    })();
    await reading;
    expect(seen).toEqual(['1 it\nhappened', '2 it\nhappened', '3 it\nhappened']);
    await expect.poll(() => world.hub.readers()).toBe(0);
  });

  it('that never reads is cut off after a while, with no more kept for it than one piece', async () => {
    await using world = await anHttpWorld({ hub: { stuckMs: 30_000 } });
    const { store, clock } = world.world;
    const socket = await deafClient(world);
    const closed = once(socket, 'close');
    // Far more than the system's buffers of both ends take.
    for (let round = 0; round < 40; round += 1) await happen(store, 200, 'thing', 'x'.repeat(5_000));
    await expect.poll(() => world.hub.readers()).toBe(1);
    const before = process.memoryUsage().arrayBuffers;
    await clock.step(29_000);
    expect(world.hub.cutOff()).toBe(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    await clock.step(2_000);
    expect(world.hub.cutOff()).toBe(1);
    expect(world.hub.readers()).toBe(0);
    // Not ended but torn off: nothing waits in this process for what nobody takes.
    let last = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      last = (last + bytes.subarray(-5).toString()).slice(-5);
    });
    socket.resume();
    await closed;
    expect(last).not.toBe('0\r\n\r\n');
  });
});
