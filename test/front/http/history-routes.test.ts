// Goal: what is kept of training runs is told whole, by any word for a run, in little memory, and scripts to nobody who may
// only read.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { type Books, openBooks } from '../../../src/front/app/index.ts';
import { createDaemonClient } from '../../../src/front/http/index.ts';
import { createJobRecords } from '../../../src/rent/jobs/index.ts';
import { createMetricStore, type RunMetric } from '../../../src/rent/training/index.ts';
import { countingJob } from '../../rent/jobs/controller/a-job-world.ts';
import { anHttpWorld, type HttpWorld } from './http-world.ts';

const SECRET = 'hf_written_into_a_script';
/** More than a page of what is read at once. */
const VALUES = 12_000;
const LOG = 'instance 42:/workspace/out 100%/train.log';

let world: HttpWorld;
let jobId: string;

const losses = (run: string, count: number): RunMetric[] =>
  Array.from({ length: count }, (_, n) => ({
    run,
    attempt: 1,
    seq: n + 1,
    atMs: 1_000 * n,
    name: 'loss',
    value: n === 1 ? Number.NaN : 10 - n / count,
    step: n + 1,
  }));

const folder = mkdtempSync(join(tmpdir(), 'vd-history-'));
let books: Books;

beforeAll(async () => {
  books = await openBooks({
    stateUrl: join(folder, 'state.db'),
    clock: new SteppedClock(),
    random: createRandom('history'),
    log: silentLog,
  });
  const jobRecords = createJobRecords(books.store);
  world = await anHttpWorld({ deps: { ...books, jobRecords } });
  const env = { HF_TOKEN: SECRET, SEED: { fromEnv: 'SEED' } };
  const record = await world.world.submit(countingJob({ name: 'kept', run: `echo ${SECRET}`, env }));
  await jobRecords.insert([record]);
  jobId = record.id;
  const metrics = createMetricStore(books);
  await metrics.add(losses(jobId, VALUES));
  await metrics.add([
    ...losses(LOG, 3),
    { run: LOG, attempt: 1, seq: 4, atMs: 9_000, name: 'val_loss', value: Number.POSITIVE_INFINITY },
  ]);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await books[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('kept runs', () => {
  it('are listed newest first, of a time and at most so many, and say how many there are', async () => {
    const { client } = world;
    const { runs, ...counts } = await client.keptRuns();
    expect(counts).toEqual({ matching: 2, total: 2 });
    expect(runs).toMatchObject([
      { run: jobId, name: 'kept', status: 'queued', step: VALUES, valLoss: null, attempts: 1 },
      { run: LOG, name: '', status: null, step: 3, valLoss: 'NaN', costUsd: null, instanceId: 42 },
    ]);
    expect(await client.keptRuns({ limit: 1 })).toMatchObject({ runs: [{ run: jobId }], matching: 2 });
    expect(await client.keptRuns({ sinceMs: 9_001 })).toMatchObject({
      runs: [{ run: jobId }],
      matching: 1,
      total: 2,
    });
  });

  it.each([
    ['its whole name, with all that is in a path', () => LOG],
    ['its instance', () => '42'],
    ['its beginning', () => 'instance 4'],
  ])('are found by %s', async (_, word) => expect((await world.client.keptRun(word())).run).toBe(LOG));

  it('come to figures, of which NaN has its name', async () => {
    const run = await world.client.keptRun('kept');
    expect(run).toMatchObject({ job: { id: jobId }, lastStep: VALUES, machine: null });
    expect(run.stepSeconds).toMatchObject({ median: 1, p90: 1 });
    expect(run.figures).toMatchObject([
      { name: 'loss', points: VALUES, first: 10, max: 10, maxStep: 1, minStep: VALUES, odd: 1 },
    ]);
    const odd = await world.client.keptSeries(LOG, 'loss');
    expect(odd.attempts[0]?.points[1]).toMatchObject({ value: 'NaN', count: 0, oddCount: 1 });
  });

  it('that are not there, or several, are told as the command line tells it', async () => {
    await expect(world.client.keptRun('nothing')).rejects.toMatchObject({
      status: 404,
      kind: 'NoSuchTargetError',
      message: 'There is no run "nothing"; "vastdeck runs list" shows the 2 that there are',
    });
    await expect(world.client.keptPoints('nothing')).rejects.toMatchObject({ status: 404 });
  });
});

describe('every value of a run', () => {
  it('comes in the order of its numbers, over many pages', async () => {
    const { run, pages } = await world.client.keptPoints('kept');
    expect(run).toBe(jobId);
    let seq = 0;
    for await (const page of pages) {
      for (const point of page) {
        seq += 1;
        if (point.seq !== seq) throw new Error(`${point.seq} came in place of ${seq}`);
        if (seq === 2) expect(point).toMatchObject({ value: 'NaN', last: 'NaN', min: null });
      }
    }
    expect(seq).toBe(VALUES);
  });

  it('is read when its reader has room for it, and no more once that has left', async () => {
    const read: number[] = [];
    const app = await aPagedApp((page) => read.push(page));
    const answer = await app.ask();
    const reader = answer.getReader();
    await reader.read();
    const soFar = read.length;
    expect(soFar).toBeLessThan(4);
    await reader.cancel();
    expect(read).toHaveLength(soFar);
    expect(app.hasEnded()).toBe(true);
  });

  it('that breaks off is no whole export', async () => {
    const { client: good, tokens } = world;
    const client = createDaemonClient({
      address: 'http://127.0.0.1',
      token: tokens.full,
      fetch: async (input, init) => {
        const answer = await world.ask(new URL(new Request(input).url).pathname, init);
        const first = await answer.body?.getReader().read();
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(first?.value);
            controller.error(new TypeError('terminated'));
          },
        });
        return new Response(body, { headers: answer.headers });
      },
    });
    const all = async (of: typeof client) => {
      let count = 0;
      for await (const page of (await of.keptPoints('kept')).pages) count += page.length;
      return count;
    };
    expect(await all(good)).toBe(VALUES);
    await expect(all(client)).rejects.toMatchObject({ name: 'DaemonUnreachableError' });
  });
});

describe('what a run was told', () => {
  it('has its script and fixed values for who may act, and of what came from elsewhere the name', async () => {
    const { config } = await world.client.runConfig('kept');
    expect(config).toMatchObject({
      run: `echo ${SECRET}`,
      'env HF_TOKEN': SECRET,
      'env SEED': 'from SEED',
    });
  });

  it('is not for a token that may only read, and in no other answer about runs', async () => {
    const { address, tokens } = world;
    const reader = createDaemonClient({ address, token: tokens.read, fetch: globalThis.fetch });
    await expect(reader.runConfig('kept')).rejects.toMatchObject({ status: 403 });
    for (const path of ['', '/kept', '/kept/points', '/kept/series?name=loss']) {
      const text = await (await world.ask(`/v1/history/runs${path}`)).text();
      expect(text).toContain(path === '/kept/series?name=loss' ? '"count"' : jobId);
      expect(text).not.toContain(SECRET);
    }
  });
});

/** Pages without end behind the same text. */
async function aPagedApp(onPage: (page: number) => void) {
  const { pagesAsText } = await import('../../../src/front/http/routes/point-lines.ts');
  let isOver = false;
  async function* pages() {
    try {
      for (let page = 1; ; page += 1) {
        onPage(page);
        yield [];
      }
    } finally {
      isOver = true;
    }
  }
  return { ask: async () => pagesAsText(pages()), hasEnded: () => isOver };
}
