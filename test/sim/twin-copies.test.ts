// Copies and volumes between twins, asked for by raw requests: the bytes are there when the copy ends, and what is billed
// is what they weigh. Sizes of disks are exact.
import { expect, it } from 'vitest';
import { SteppedClock } from '../../src/base/std/index.ts';
import { createSim, twinInside } from '../../src/sim/index.ts';
import { TwinFileSystem } from '../../src/sim/twin/index.ts';

const HOUR = 3_600_000;
const MB = 1_000_000;

type Row = Readonly<Record<string, unknown>>;

async function aWorld() {
  const clock = new SteppedClock();
  const sim = createSim(
    { seed: 'twins', clock, offers: 1_000, intervalFactor: 0, searchesPerMinute: Infinity, credit: 1_000 },
    await twinInside({ clock, seed: 'twins' }),
  );
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Row;
  };
  const search = async (filter: object) =>
    (await call('POST', '/bundles/', { rentable: { eq: true }, disable_bundling: true, ...filter }))
      .offers as (Row & { readonly id: number; readonly machine_id: number })[];
  const rent = async (offerId: number, body: object = {}) => {
    const base = { image: 'pytorch/pytorch:latest', disk: 10, runtype: 'ssh' };
    const answer = await call('PUT', `/asks/${offerId}/`, { ...base, ...body });
    if (typeof answer.new_contract !== 'number') throw new Error(JSON.stringify(answer));
    return answer.new_contract;
  };
  const two = async (body: object = {}) => {
    const priced = { inet_up_cost: { gt: 0 }, inet_down_cost: { gt: 0 }, disk_space: { gte: 60 } };
    const [one, other] = (await search({ ...priced, order: [['dph_total', 'asc']] })).filter(
      (row, at, rows) => rows.findIndex((each) => each.machine_id === row.machine_id) === at,
    );
    const ids = [await rent(one?.id ?? 0), await rent(other?.id ?? 0, body)] as const;
    await clock.step(HOUR);
    return ids;
  };
  const log = (what?: string) => sim.truth.log().filter((event) => what === undefined || event.what === what);
  const run = async (id: number, command: string) => await (await sim.shell(id)).exec(command);
  const copy = (from: string | number, to: string | number, paths: object) =>
    call('PUT', '/commands/copy_direct/', { client_id: 'me', src_id: `${from}`, dst_id: `${to}`, ...paths });
  const row = async (id: number) => (await call('GET', `/instances/${id}/`)).instances as Row;
  /** The copy that was begun first. */
  const begun = () => {
    const event = log('copy_begun')[0];
    if (!event) throw new Error('No copy was begun');
    return { beganMs: event.atMs, gb: Number(event.data.gb), untilMs: Number(event.data.until_ms) };
  };
  return { clock, sim, call, search, rent, two, log, begun, run, copy, row };
}

const zeros = (mb: number, path: string) => `head -c ${mb * MB} /dev/zero > ${path}`;

it('a copy between instances brings the bytes when it ends, not before, and both ends pay for just them', async () => {
  const { clock, sim, two, run, copy, log, begun, row } = await aWorld();
  const [from, to] = await two();
  await run(from, `mkdir /workspace/d; ${zeros(30, '/workspace/d/model')}; echo hi > /workspace/d/note`);
  expect(await copy(from, to, { src_path: '/workspace/d/', dst_path: '/workspace/new' })).toMatchObject({
    success: true,
  });
  const { gb, untilMs } = begun();
  expect(gb).toBe(0.030000003);
  await clock.step(untilMs - clock.now() - 1);
  expect((await run(to, 'ls /workspace')).stdout).toBe('');
  await clock.step(1);
  sim.step();
  expect((await run(to, 'ls /workspace/new; cat /workspace/new/note')).stdout).toBe('model\nnote\nhi\n');
  const billed = sim.truth.log().filter(({ noun, what }) => noun === 'charge' && what.startsWith('bw'));
  expect(billed.map(({ what, id, data }) => [what, id, data.quantity])).toEqual([
    ['bwu', from, gb],
    ['bwd', to, gb],
  ]);
  expect(log('copied').map(({ id, data }) => [id, data.gb])).toEqual([
    [from, gb],
    [to, gb],
  ]);
  expect((await row(to)).disk_usage).toBe(0.03);
  await sim.close();
});

it('a copy works on stopped instances, by name, and brings a file as a file', async () => {
  const { clock, sim, call, two, run, copy } = await aWorld();
  const [from, to] = await two();
  await run(from, 'echo kept > /workspace/one');
  await call('PUT', '/instances/', { state: 'stopped', ids: [from, to] });
  await copy(`C.${from}`, `C.${to}`, { src_path: '/workspace/one', dst_path: '/workspace/two' });
  await clock.step(HOUR);
  await call('PUT', `/instances/${to}/`, { state: 'running' });
  await clock.step(HOUR);
  expect((await run(to, 'cat /workspace/two')).stdout).toBe('kept\n');
  await sim.close();
});

it('a copy that is cancelled leaves the files that had arrived whole, and costs what had passed', async () => {
  const { clock, sim, call, two, run, copy, log, begun } = await aWorld();
  const [from, to] = await two();
  await run(from, ['a', 'b', 'c', 'd'].map((name) => zeros(100, `/workspace/${name}`)).join('; '));
  await copy(from, to, { src_path: '/workspace/', dst_path: '/workspace/' });
  const { gb, untilMs, beganMs } = begun();
  await clock.step(Math.round(beganMs + (untilMs - beganMs) * 0.6) - clock.now());
  await call('DELETE', '/commands/copy_direct/', { client_id: 'me', dst_id: `${to}` });
  expect((await run(to, 'ls /workspace')).stdout).toBe('a\nb\n');
  expect(log('copy_cut_off')[0]?.data.gb).toBeCloseTo(gb * 0.6, 2);
  await clock.step(HOUR);
  expect((await run(to, 'ls -A /workspace')).stdout).toBe('a\nb\n');
  expect(log('bwd')[0]?.data.quantity).toBe(log('copy_cut_off')[0]?.data.gb);
  await sim.close();
});

it.each([
  ['of what is not there', { src_path: '/workspace/none', dst_path: '/workspace/' }, /link_stat/],
  [
    'into a folder below one that is missing',
    { src_path: '/workspace/d', dst_path: '/a/b' },
    /mkdir "\/a\/b"/,
  ],
  ['of more than fits', { src_path: '/workspace/d/', dst_path: '/workspace/' }, /No space left on device/],
])('a copy %s fails, which the truth log says, and nothing is left half', async (_what, paths, why) => {
  const { clock, sim, two, run, copy, log } = await aWorld();
  const [from, to] = await two({ disk: 8 });
  await run(from, `mkdir /workspace/d; ${zeros(50, '/workspace/d/big')}`);
  sim.fail('disk-full', { id: to });
  await clock.untilIdle();
  expect((await copy(from, to, paths)).success).toBe(true);
  await clock.step(HOUR);
  expect(log('copy_failed').map(({ id }) => id)).toEqual([from, to]);
  expect(String(log('copy_failed')[0]?.data.why)).toMatch(why);
  expect((await run(to, 'ls -A /workspace')).stdout).toBe('');
  expect(log('bwd')).toEqual([]);
  await sim.close();
});

it('a disk takes no more bytes than were rented, and the row says how many it holds', async () => {
  const { clock, sim, search, rent, run, row } = await aWorld();
  const [offer] = await search({ limit: 1 });
  const id = await rent(offer?.id ?? 0, { disk: 8 });
  await clock.step(HOUR);
  expect((await row(id)).disk_usage).toBe(0);
  const words = 'truncate -s 100000000 /workspace/a; truncate -s 7900000001 /workspace/b';
  expect(await run(id, words)).toMatchObject({ code: 1, stderr: expect.stringContaining('No space left') });
  expect(await row(id)).toMatchObject({ disk_usage: 0.1, disk_util: 0.0125 });
  await sim.close();
});

it('a twin’s disk and its volume each take their own bytes, to the last one and not one more', () => {
  const clock = new SteppedClock();
  const files = new TwinFileSystem({ clock, capacityBytes: 100 });
  const volume = new TwinFileSystem({ clock, capacityBytes: 50 });
  files.mount('/data', volume);
  files.write('/a', new Uint8Array(100));
  expect(() => files.append('/a', 'x')).toThrow(/No space left/);
  files.write('/data/b', new Uint8Array(50));
  expect(() => files.append('/data/b', 'x')).toThrow(/No space left/);
  expect([files.usedBytes, volume.usedBytes]).toEqual([100, 50]);
  expect(() => files.rename('/data/b', '/b')).toThrow(/No space left/);
  files.remove('/a');
  files.rename('/data/b', '/b');
  expect([files.usedBytes, volume.usedBytes]).toEqual([50, 0]);
  for (const gone of ['/data', '/../data/']) expect(() => files.remove(gone, 'tree')).toThrow(/busy/);
  expect(() => files.rename('/data', '/elsewhere')).toThrow(/busy/);
});

it('a volume is one tree in all instances that mount it, outlives them, is copied from and to, and goes', async () => {
  const { clock, sim, call, search, rent, run, copy, log } = await aWorld();
  const rows = (await search({})).filter((row) => Number(row.avail_vol_size) > 40);
  const [one, other] = rows.flatMap((row) => {
    const mask = new Set(row.gpu_ids as number[]);
    const apart = rows.find(
      (each) =>
        each.machine_id === row.machine_id && (each.gpu_ids as number[]).every((gpu) => !mask.has(gpu)),
    );
    return apart ? [row, apart] : [];
  });
  const ask = Number(one?.avail_vol_ask_id);
  const { volume_id: volumeId } = (await call('PUT', '/volumes/', { id: ask, size: 20, name: 'v' })) as {
    volume_id: number;
  };
  const volume_info = { create_new: false, volume_id: volumeId, mount_path: '/root/vol' };
  const first = await rent(one?.id ?? 0, { volume_info });
  const second = await rent(other?.id ?? 0, { volume_info: { ...volume_info, mount_path: '/data' } });
  await clock.step(HOUR);
  await run(first, 'echo shared > /root/vol/file; echo own > /root/own');
  expect((await run(second, 'cat /data/file; cd /data; mv file moved; ls /')).stdout).toContain('shared\n');
  expect((await run(first, 'ls /root/vol')).stdout).toBe('moved\n');
  expect((await run(first, 'rm -r /root/vol')).code).toBe(1);
  await copy(first, `V.${volumeId}`, { src_path: '/root/own', dst_path: '/' });
  await clock.step(HOUR);
  expect((await run(second, 'cat /data/own')).stdout).toBe('own\n');
  expect(log('copied').map(({ noun, id }) => [noun, id])).toEqual([
    ['instance', first],
    ['volume', volumeId],
  ]);
  // Within one machine nothing goes over a line.
  expect(log('bwu')).toEqual([]);
  for (const id of [first, second]) await call('DELETE', `/instances/${id}/`, {});
  await clock.step(60_000);
  const { volume_id: clone } = (await call('POST', '/volumes/copy/', { src_id: volumeId, dst_id: ask })) as {
    volume_id: number;
  };
  await clock.step(HOUR);
  await call('DELETE', `/volumes/?id=${volumeId}`, {});
  const third = await rent(one?.id ?? 0, { volume_info: { ...volume_info, volume_id: clone } });
  await clock.step(HOUR);
  expect((await run(third, 'cat /root/vol/moved /root/vol/own')).stdout).toBe('shared\nown\n');
  expect(await copy(`V.${volumeId}`, third, { src_path: '/', dst_path: '/workspace' })).toMatchObject({
    error: 'no_such_volume',
  });
  await sim.close();
  expect(clock.pendingTimers).toBe(0);
});

it('a volume cannot be mounted over the root', async () => {
  const { sim, call, search } = await aWorld();
  const [offer] = await search({ limit: 1 });
  const volume_info = { create_new: false, volume_id: 1, mount_path: '/x/..//' };
  const answer = await call('PUT', `/asks/${offer?.id}/`, { image: 'x', disk: 10, volume_info });
  expect(answer).toMatchObject({ error: 'invalid_args' });
  await sim.close();
});
