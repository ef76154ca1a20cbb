// Copies, volumes and sizes of disks between real machines, asked for by raw requests and looked at on the machines.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { SteppedClock, silentLog, systemClock } from '../../src/base/std/index.ts';
import { generateKeyPair } from '../../src/net/ssh/index.ts';
import { createSim, realInside } from '../../src/sim/index.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const run = promisify(execFile);
const HOUR = 3_600_000;
type Row = Readonly<Record<string, unknown>>;

async function aWorld() {
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-copies-'));
  closing.push(() => rmSync(dir, { recursive: true, force: true }));
  const inside = await realInside({ dir: join(dir, 'machines'), clock: systemClock(), log: silentLog });
  const clock = new SteppedClock();
  const sim = createSim(
    { seed: 'inside', clock, offers: 1_000, intervalFactor: 0, searchesPerMinute: Infinity },
    inside,
  );
  closing.push(() => sim.close());
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Row;
  };
  const until = async <T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const row = async (id: number) => (await call('GET', `/instances/${id}/`)).instances as Row;
  const log = (what: string) => sim.truth.log().filter((event) => event.what === what);
  /** What `execute` answers, once its result is there. */
  const execute = async (id: number, command: string) => {
    const { result_url: url } = await call('PUT', `/instances/command/${id}/`, { command });
    return await until(async () => {
      await clock.step(1_000);
      const response = await sim.fetch(String(url));
      return response.status === 200 ? await response.text() : undefined;
    });
  };
  return { dir, clock, sim, call, until, row, log, execute };
}

it('a copy, a volume and a size are real on real machines', async () => {
  const { dir, clock, call, until, row, log, execute, sim } = await aWorld();
  const key = generateKeyPair({ comment: 'test' });
  await call('POST', '/ssh/', { ssh_key: key.publicKey });
  const search = { rentable: { eq: true }, direct_port_count: { gte: 4 }, disable_bundling: true };
  const { offers } = (await call('POST', '/bundles/', { ...search, inet_up_cost: { gt: 0 } })) as {
    offers: (Row & { id: number; machine_id: number })[];
  };
  const one = offers.find((offer) => Number(offer.avail_vol_size) > 10) as (typeof offers)[number];
  const other = offers.find((offer) => offer.machine_id !== one.machine_id) as (typeof offers)[number];
  const made = await call('PUT', '/volumes/', { id: one.avail_vol_ask_id, size: 5 });
  const volumeId = made.volume_id as number;
  const volume_info = { create_new: false, volume_id: volumeId, mount_path: '/data' };
  const base = { image: 'pytorch/pytorch:latest', disk: 10, runtype: 'ssh_direc ssh_proxy' };
  const onstart =
    'echo shared > /data/file; mkdir -p $WORKSPACE/d; head -c 3000000 /dev/urandom > $WORKSPACE/d/model';
  const from = (await call('PUT', `/asks/${one.id}/`, { ...base, volume_info, onstart }))
    .new_contract as number;
  const to = (await call('PUT', `/asks/${other.id}/`, base)).new_contract as number;
  await clock.step(2 * HOUR);
  sim.step();
  for (const id of [from, to]) await until(async () => (await row(id)).ports);
  await until(async () =>
    (await execute(from, 'ls -l /workspace/d')).includes('3000000') ? true : undefined,
  );
  await until(async () => (Number((await row(from)).disk_usage) >= 0.003 ? true : undefined));
  expect(Number((await row(from)).disk_usage)).toBeLessThan(0.01);
  await call('PUT', '/instances/', { state: 'stopped', ids: [from, to] });

  const ask = { client_id: 'me', src_id: `${from}`, dst_id: `${to}` };
  const paths = { src_path: '/workspace/d', dst_path: '/workspace/' };
  expect((await call('PUT', '/commands/copy_direct/', { ...ask, ...paths })).success).toBe(true);
  expect(log('copy_begun')[0]?.data.gb).toBe(0.003);
  expect(await execute(to, 'ls /workspace')).toBe('');
  await clock.step(HOUR);
  sim.step();
  await until(() => log('copied')[1]);
  expect(await execute(to, 'ls -l /workspace/d')).toContain('3000000');
  expect(log('bwu').map(({ id, data }) => [id, data.quantity])).toContainEqual([from, 0.003]);
  expect(log('bwd').map(({ id, data }) => [id, data.quantity])).toContainEqual([to, 0.003]);

  // The volume from the machine that mounts it, from outside, and after that machine's end.
  expect(await execute(from, 'ls /data')).toBe('file\n');
  await call('DELETE', `/instances/${from}/`, {});
  await clock.step(60_000);
  const fromVolume = { ...ask, src_id: `V.${volumeId}`, src_path: '/', dst_path: '/workspace/v' };
  await call('PUT', '/commands/copy_direct/', fromVolume);
  await clock.step(HOUR);
  sim.step();
  await until(() => log('copied')[3]);
  expect(await execute(to, 'ls /workspace/v')).toBe('file\n');
  const escaping = { ...fromVolume, src_path: '/../../../etc', dst_path: '/workspace/../../../../tmp/e' };
  await call('PUT', '/commands/copy_direct/', escaping);
  await clock.step(HOUR);
  sim.step();
  expect((await until(() => log('copy_failed')[0])).data.why).toMatch(/link_stat/);
  await call('DELETE', `/volumes/?id=${volumeId}`, {});
  await until(() => (readdirSync(join(dir, 'machines')).includes(`v-${volumeId}`) ? undefined : true));

  // More than fits, over SSH: seen at once by the kernel, or by the next look.
  await call('PUT', `/instances/${to}/`, { state: 'running' });
  await clock.step(HOUR);
  sim.step();
  const ports = (await until(async () => (await row(to)).ports)) as Record<string, { HostPort: string }[]>;
  const keyFile = join(dir, 'key');
  writeFileSync(keyFile, key.privateKey.reveal(), { mode: 0o600 });
  const flags = ['-i', keyFile, '-p', String(ports['22/tcp']?.[0]?.HostPort), '-o', 'BatchMode=yes'];
  for (const option of ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'])
    flags.push('-o', option);
  const exec = async (command: string) =>
    await run('ssh', [...flags, 'root@127.0.0.1', `${command} 2>&1 || :`]);
  await exec('fallocate -l 9500000000 $WORKSPACE/most');
  if (process.getuid?.() === 0) {
    expect((await exec('df -B1 --output=avail / | tail -n 1')).stdout.trim()).toMatch(/^\d{9}$/);
    expect((await exec('fallocate -l 600000000 $WORKSPACE/more')).stdout).toContain('No space left');
    expect(Number((await row(to)).disk_util)).toBeGreaterThan(0.95);
  }
});
