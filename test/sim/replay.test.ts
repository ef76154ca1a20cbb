// Recorded answers served as the market: read in every form they are left in, one poll after another, exactly.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadReplay, REPLAY_POLL_HEADER, REPLAY_TIME_HEADER } from '../../src/sim/index.ts';
import { parseRecordedTime } from '../../src/sim/replay/recorded-time.ts';
import { aSim } from './a-sim.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vastdeck-replay-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
async function file(content: string | Uint8Array, name?: string): Promise<string> {
  files += 1;
  const path = join(folder, name ?? `recording-${files}.json`);
  await writeFile(path, content);
  return path;
}

const offer = (id: number, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  machine_id: id + 100,
  gpu_name: 'RTX 4090',
  dph_total: 0.1 + id / 3,
  ...more,
});
const idsOf = (polls: readonly { readonly offers: readonly Record<string, unknown>[] }[]) =>
  polls.map(({ offers }) => offers.map(({ id }) => id));

describe('a recording is read', () => {
  it.each([
    ['a bare list', JSON.stringify([offer(1), offer(2)])],
    ['an answer', JSON.stringify({ offers: [offer(1), offer(2)] })],
    ['indented', JSON.stringify([offer(1), offer(2)], null, 2)],
    ['with a byte order mark', `\ufeff${JSON.stringify([offer(1), offer(2)])}`],
    ['rows, one a line', `${JSON.stringify(offer(1))}\n${JSON.stringify(offer(2))}\n`],
    ['rows with Windows line ends', `${JSON.stringify(offer(1))}\r\n\r\n${JSON.stringify(offer(2))}\r\n`],
  ])('as %s', async (_, text) => {
    for (const content of [text, gzipSync(text)]) {
      const { polls, warnings } = await loadReplay(await file(content));
      expect(idsOf(polls)).toEqual([[1, 2]]);
      expect(warnings).toEqual([]);
    }
  });

  it('as one object where the list should be', async () => {
    const { polls } = await loadReplay(await file(JSON.stringify({ offers: offer(5) })));
    expect(idsOf(polls)).toEqual([[5]]);
  });

  it('past a stray line behind the JSON, saying so', async () => {
    const tricky = offer(1, { note: 'a } and a ] and a \\" in a string' });
    const text = `${JSON.stringify([tricky], null, 1)}\nMachine ID 24126 not found or not rentable.\n`;
    const { polls, warnings } = await loadReplay(await file(text, 'stray.json'));
    expect(polls[0]?.offers).toEqual([tricky]);
    expect(warnings).toEqual([
      'stray.json: text after the JSON was ignored: "Machine ID 24126 not found or not rentable."',
    ]);
  });

  it('past a broken line of rows, saying which', async () => {
    const text = [offer(1), offer(2)].map((row) => JSON.stringify(row)).join('\n{"id": 3, "gpu\n');
    const { polls, warnings } = await loadReplay(await file(text, 'broken.jsonl'));
    expect(idsOf(polls)).toEqual([[1, 2]]);
    expect(warnings).toEqual(['broken.jsonl: line 2 is not JSON and was ignored: "{"id": 3, "gpu"']);
  });

  it('as rows of many polls, grouped by their time, in either form of it, in order of time', async () => {
    const rows = [
      offer(3, { ts_utc: '2026-07-19 09:00:00' }),
      offer(1, { ts_utc: '2026-07-18T09:00:00Z' }),
      offer(2, { ts_utc: '2026-07-18T11:00:00+02:00' }),
      offer(4, { ts_utc: '2026-07-19T09:00:00.000Z' }),
    ];
    const { polls } = await loadReplay(await file(rows.map((row) => JSON.stringify(row)).join('\n')));
    expect(idsOf(polls)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(polls.map(({ atMs }) => atMs)).toEqual([Date.UTC(2026, 6, 18, 9), Date.UTC(2026, 6, 19, 9)]);
  });

  it('as answers, one a line, with their times', async () => {
    const lines = [{ ts: 1_767_225_600, offers: [offer(1)] }, { ts: 1_767_225_960, offers: [] }, [offer(2)]];
    const { polls } = await loadReplay(await file(lines.map((line) => JSON.stringify(line)).join('\n')));
    expect(idsOf(polls)).toEqual([[1], [], [2]]);
    expect(polls.map(({ atMs }) => atMs)).toEqual([1_767_225_600_000, 1_767_225_960_000, undefined]);
  });

  it('with the time that its ends and durations imply', async () => {
    const rows = [1, 2, 3].map((id) => offer(id, { end_date: 1_767_300_000 + id, duration: 74_400 + id }));
    const { polls } = await loadReplay(await file(JSON.stringify(rows)));
    expect(polls[0]?.atMs).toBe(1_767_225_600_000);
  });

  it('from a folder in order of names, other files left alone', async () => {
    const path = join(folder, 'many');
    await mkdir(path);
    await writeFile(join(path, 'b.json'), JSON.stringify([offer(2)]));
    await writeFile(join(path, 'a.json.gz'), gzipSync(JSON.stringify([offer(1)])));
    await writeFile(join(path, 'c.jsonl'), JSON.stringify(offer(3)));
    await writeFile(join(path, 'README.md'), 'not a recording');
    expect(idsOf((await loadReplay(path)).polls)).toEqual([[1], [2], [3]]);
  });

  it('from a folder in order of time where all polls have one, whatever the files are called', async () => {
    const path = join(folder, 'named-backwards');
    await mkdir(path);
    const at = (seconds: number) => ({ end_date: 1_767_300_000, duration: 1_767_300_000 - seconds });
    await writeFile(join(path, 'a-later.json'), JSON.stringify([offer(2, at(1_767_225_960))]));
    await writeFile(join(path, 'b-first.json'), JSON.stringify([offer(1, at(1_767_225_600))]));
    const sorted = await loadReplay(path);
    expect(idsOf(sorted.polls)).toEqual([[1], [2]]);
    expect(sorted.warnings).toEqual([]);
    await writeFile(join(path, 'c-untimed.json'), JSON.stringify([offer(3)]));
    const unsorted = await loadReplay(path);
    expect(idsOf(unsorted.polls)).toEqual([[2], [1], [3]]);
    expect(unsorted.warnings).toEqual([
      '1 of 3 polls do not say when they were taken; all are served in order of their files',
    ]);
  });

  it.each([
    ['', 'is empty'],
    ['not json at all', ''],
    ['{"offers": [', ''],
    ['{"gpus": []}', ''],
    ['42', ''],
  ])('but %j is refused with what is wanted instead', async (text) => {
    await expect(loadReplay(await file(text))).rejects.toThrow('holds no recorded offers; it must be');
  });

  it('but a missing file is refused', async () => {
    await expect(loadReplay(join(folder, 'nowhere.json'))).rejects.toThrow('ENOENT');
  });
});

describe('a recorded time', () => {
  it.each([
    ['2026-07-18T09:35:12Z', '2026-07-18T09:35:12.000Z'],
    ['2026-07-18 09:35:12', '2026-07-18T09:35:12.000Z'],
    ['2026-07-18 09:35:12 UTC', '2026-07-18T09:35:12.000Z'],
    ['2026-07-18T09:35:12.250+0200', '2026-07-18T07:35:12.250Z'],
    ['2026-07-18T09:35', '2026-07-18T09:35:00.000Z'],
    ['2026-07-18', '2026-07-18T00:00:00.000Z'],
    [1_784_367_312, '2026-07-18T09:35:12.000Z'],
    [1_784_367_312_000, '2026-07-18T09:35:12.000Z'],
    ['1784367312.5', '2026-07-18T09:35:12.500Z'],
  ])('%s', (value, iso) => {
    expect(new Date(parseRecordedTime(value) as number).toISOString()).toBe(iso);
  });

  it.each(['', 'soon', '2026-13-45', 0, -5, Number.NaN, null, {}])('%s is none', (value) => {
    expect(parseRecordedTime(value)).toBeUndefined();
  });
});

describe('a replay is served', () => {
  const polls = [1, 2, 3].map((poll) => ({
    atMs: Date.UTC(2026, 6, 17 + poll),
    offers: [
      offer(10 * poll, { verification: 'verified', rentable: true }),
      offer(10 * poll + 1, { rentable: false }),
    ],
  }));
  const source = { name: 'three polls', warnings: [], polls };
  const sweep = [{ rentable: { eq: true } }, { rentable: { eq: false } }];

  it('one poll after another, whatever slices a sweep is made of; the last one stays', async () => {
    const world = aSim({ replay: source });
    const seen: [ids: number[][], at: (string | null)[], poll: string | null][] = [];
    for (let i = 0; i < 4; i += 1) {
      const ids: number[][] = [];
      const at: (string | null)[] = [];
      let poll: string | null = null;
      for (const body of sweep) {
        const response = await world.post(body);
        at.push(response.headers.get(REPLAY_TIME_HEADER));
        poll = response.headers.get(REPLAY_POLL_HEADER);
        ids.push(((await response.json()) as { offers: { id: number }[] }).offers.map(({ id }) => id));
      }
      seen.push([ids, at, poll]);
    }
    const day = (n: number) => [`2026-07-${n}T00:00:00Z`, `2026-07-${n}T00:00:00Z`];
    expect(seen).toEqual([
      [[[10], [11]], day(18), '1/3'],
      [[[20], [21]], day(19), '2/3'],
      [[[30], [31]], day(20), '3/3'],
      [[[30], [31]], day(20), '3/3'],
    ]);
  });

  it('in the same poll again when a fault or a refusal kept the answer away', async () => {
    const world = aSim({ replay: source, searchesPerMinute: 3 });
    const poll = async (body: unknown) => (await world.post(body)).headers.get(REPLAY_POLL_HEADER);
    world.sim.fail('truncated-json');
    expect(await poll({})).toBe('1/3');
    world.sim.fail('server-error');
    expect(await poll({})).toBe(null);
    expect(await poll({})).toBe('1/3');
    expect(await poll({})).toBe('2/3');
    expect((await world.post({})).status).toBe(429);
    await world.clock.step(60_000);
    expect(await poll({ limit: 5 })).toBe('2/3');
    expect(await poll({})).toBe('3/3');
  });

  it('with a refused search never counted as one', async () => {
    const world = aSim({ replay: source });
    for (let i = 0; i < 3; i += 1) expect((await world.post({ nonsense: {} })).status).toBe(400);
    expect((await world.post({})).headers.get(REPLAY_POLL_HEADER)).toBe('1/3');
  });

  it('with filters, order, cap and fields of its own', async () => {
    const offers = [3, 1, 2].map((id) => offer(id, { shelf: `s${id}`, score: id }));
    const world = aSim({ replay: { ...source, polls: [{ atMs: undefined, offers }] }, cap: 2 });
    const ids = async (body: Record<string, unknown>) => (await world.search(body)).map(({ id }) => id);
    expect(await ids({})).toEqual([3, 2]);
    expect(await ids({ order: [['dph_total', 'asc']] })).toEqual([1, 2]);
    expect(await ids({ shelf: { in: ['s1', 's3'] }, order: [['id', 'asc']] })).toEqual([1, 3]);
    expect(await ids({ dph_total: { lt: '0.5' } })).toEqual([1]);
    expect(await ids({ verified: { eq: true } })).toEqual([]);
  });

  it('as on-demand offers, unless a row says otherwise', async () => {
    const offers = [offer(1), offer(2, { type: 'interruptible' }), offer(3, { is_bid: true })];
    const world = aSim({ replay: { ...source, polls: [{ atMs: undefined, offers }] } });
    const ids = async (type: string) => (await world.search({ type })).map(({ id }) => id);
    expect(await ids('on-demand')).toEqual([1]);
    expect(await ids('bid')).toEqual([2, 3]);
    expect(await ids('reserved')).toEqual([]);
  });

  it('with the models of the poll, and metrics of nobody', async () => {
    const world = aSim({ replay: source });
    const names = await (await world.call('/api/v0/gpu_names/unique/')).json();
    expect(names).toEqual({ gpu_names: ['RTX 4090'] });
    expect(await (await world.call('/api/v0/metrics/gpu/current/')).json()).toMatchObject({
      needs_machine: true,
    });
  });

  it('with every double to the last bit', async () => {
    const numbers = [
      0.1 + 0.2,
      1 / 3,
      5e-324,
      1.7976931348623157e308,
      0.21472222222222223,
      -0.0000012345678901234,
    ];
    const offers = numbers.map((dph, id) => offer(id + 1, { dph_total: dph }));
    const text = JSON.stringify(offers);
    const world = aSim({ replay: await loadReplay(await file(text)) });
    expect((await world.search({})).map((row) => row.dph_total)).toEqual(numbers);
  });
});

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

describe.skipIf(!existsSync(shared))('other people’s recordings', () => {
  it('the whole market of 2024-11-05: 1,396 rows, each as recorded', async () => {
    const path = join(shared, 'vast-offers-2024-11-05', 'search-all-2024-11-05.json.gz');
    const recorded = JSON.parse(gunzipSync(await readFile(path)).toString()) as unknown[];
    const source = await loadReplay(path);
    expect(source.warnings).toEqual([]);
    expect(new Date(source.polls[0]?.atMs as number).toISOString()).toMatch(/^2024-11-05T15:19:18/);
    const world = aSim({ replay: source });
    const served = await world.search({
      disable_bundling: true,
      rentable: { eq: true },
      rented: { eq: false },
    });
    expect(served.length).toBe(1_396);
    expect(served).toEqual(recorded);
    expect(await world.search({ rentable: { eq: false } })).toEqual([]);
    expect((await world.search({ verified: { eq: true } })).length).toBe(629);
    expect((await world.search({ gpu_name: { eq: 'RTX 4090' } })).length).toBe(311);
    expect(
      (await world.search({ geolocation: { eq: 'CN' }, external: { eq: 'false' } })).length,
    ).toBeGreaterThan(40);
  });

  it('the EU series: 143 offers on 21 days, day after day', async () => {
    const world = aSim({
      replay: await loadReplay(join(shared, 'vast-offers-eu-2026', 'vast_offers_daily.jsonl.gz')),
    });
    const days: string[] = [];
    let rows = 0;
    for (let i = 0; i < 21; i += 1) {
      const response = await world.post({ disable_bundling: true });
      days.push(String(response.headers.get(REPLAY_TIME_HEADER)));
      rows += ((await response.json()) as { offers: unknown[] }).offers.length;
    }
    expect(rows).toBe(143);
    expect(new Set(days).size).toBe(21);
    expect(days).toEqual([...days].sort());
    expect([days[0], days.at(-1)]).toEqual(['2026-07-18T09:35:12Z', '2026-08-22T11:05:44Z']);
  });

  it('the answer of 2026-07-18 has the fields that simulated rows have', async () => {
    const path = join(shared, 'vast-offers-eu-2026', 'vast_bundles_2026-07-18.json.gz');
    const recorded = await aSim({ replay: await loadReplay(path) }).search({});
    expect(recorded.length).toBe(48);
    const simulated = await aSim().search();
    expect(Object.keys(simulated[0] as object).sort()).toEqual(Object.keys(recorded[0] as object).sort());
  });
});
