// A simulated market, a real store and a collector between them, under a clock that the test moves.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRandom, Secret, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { createVastClient } from '../../../src/net/vast/index.ts';
import { createSim, type Sim, type SimOptions } from '../../../src/sim/index.ts';
import {
  type Collector,
  type CollectorOptions,
  createCollector,
  type PollReport,
} from '../../../src/watch/collector/index.ts';
import { type MarketWriter, openMarketWriter } from '../../../src/watch/history/index.ts';

export type Fetch = typeof globalThis.fetch;

export interface WorldOptions {
  readonly sim?: Partial<SimOptions>;
  readonly collector?: CollectorOptions;
  /** Stands between the client and the simulator: the network. */
  readonly network?: (fetch: Fetch, clock: SteppedClock) => Fetch;
  readonly apiKey?: string;
  readonly timeoutMs?: number;
  /** An existing folder for the store; default one that goes with the world. */
  readonly folder?: string;
}

export interface World extends AsyncDisposable {
  readonly clock: SteppedClock;
  readonly sim: Sim;
  readonly writer: MarketWriter;
  readonly collector: Collector;
  /** Requests that reached the network. */
  requests(): number;
  /** Another collector on the same store and market. */
  addCollector(options: CollectorOptions): Collector;
  /** Closes the store and opens it again, as after a restart; returns the collector of the new process. */
  restart(): Promise<Collector>;
  /** Moves the clock from timer to timer until the promise is settled. */
  drive<T>(promise: Promise<T>): Promise<T>;
  poll(): Promise<PollReport>;
  /** Like `poll`, for a poll that must be stored. */
  storedPoll(): Promise<Extract<PollReport, { kind: 'stored' }>>;
  rows(sql: string): readonly Record<string, number | string | null>[];
  /** Offers that a poll reported gone, over all types. */
  goneIn(poll: number): readonly number[];
  /** Offers of a type that a poll saw. */
  openOffers(type: 'on-demand' | 'interruptible'): ReadonlySet<number>;
}

const TYPE_CODES = { 'on-demand': 1, interruptible: 2 } as const;
const GONE = 255;
const FIRST_UNSEEN = 254;

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const made = mkdtempSync(join(tmpdir(), 'vastdeck-collector-'));
  const dir = options.folder ?? made;
  const clock = new SteppedClock();
  const sim = createSim({ seed: 7, clock, offers: 400, ...options.sim });
  let requests = 0;
  const network = options.network?.(sim.fetch, clock) ?? sim.fetch;
  const client = createVastClient({
    apiKey: new Secret(options.apiKey ?? sim.apiKey),
    baseUrl: 'http://sim.invalid/api/v0',
    fetch: (input, init) => {
      requests += 1;
      return network(input, init);
    },
    clock,
    random: createRandom('client'),
    log: silentLog,
    // One try a call, so that every fault reaches the collector.
    attempts: 1,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  const openWriter = () =>
    openMarketWriter({
      dir: join(dir, 'test.market'),
      origin: { kind: 'simulated', seed: sim.seed },
      holder: 'test',
      clock,
      log: silentLog,
    });
  let writer = await openWriter();
  const addCollector = (more: CollectorOptions) =>
    createCollector(
      { client, writer, clock, random: createRandom('collector'), log: silentLog },
      { maintenance: 'none', ...more },
    );
  const collector = addCollector(options.collector ?? {});
  const journal = new DatabaseSync(join(writer.dir, 'journal.db'), { readOnly: true });

  const drive: World['drive'] = async (promise) => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await clock.untilIdle();
    while (!isSettled) await clock.stepToNext();
    return promise;
  };
  const poll = () => drive(collector.pollOnce(new AbortController().signal));
  const rows: World['rows'] = (sql) => journal.prepare(sql).all() as Record<string, number | string | null>[];

  return {
    clock,
    sim,
    get writer() {
      return writer;
    },
    collector,
    requests: () => requests,
    addCollector,
    async restart() {
      await writer.close();
      writer = await openWriter();
      return addCollector(options.collector ?? {});
    },
    drive,
    poll,
    async storedPoll() {
      const report = await poll();
      if (report.kind !== 'stored') throw new Error(`the poll is ${JSON.stringify(report)}`);
      return report;
    },
    rows,
    goneIn: (number) =>
      rows(`SELECT line FROM state_ev WHERE s = ${GONE} AND poll = ${number}`).map(({ line }) =>
        Math.floor(Number(line) / 16),
      ),
    openOffers(type) {
      const newest = rows('SELECT line, s, max(id) FROM state_ev GROUP BY line');
      const open = newest.filter(
        ({ line, s }) => Number(line) % 16 === TYPE_CODES[type] && Number(s) < FIRST_UNSEEN,
      );
      return new Set(open.map(({ line }) => Math.floor(Number(line) / 16)));
    },
    async [Symbol.asyncDispose]() {
      journal.close();
      await writer.close();
      rmSync(made, { recursive: true, force: true });
    },
  };
}

/** The text of a request. */
export function bodyOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : '';
}

/** Offers that are reported gone although they are listed at that moment. */
export function watchFalseGone(world: World): readonly number[] {
  const wrong: number[] = [];
  world.collector.events.on('poll:stored', ({ poll }) => {
    const listed = new Set(world.sim.truth.listedOfferIds());
    wrong.push(...world.goneIn(poll).filter((offerId) => listed.has(offerId)));
  });
  return wrong;
}
