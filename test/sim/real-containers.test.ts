// An instance with a real inside: rented over the API, entered by OpenSSH's client with the account's key, and gone
// with everything that ran in it.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

it('a rented instance is a machine that OpenSSH enters, whose GPUs show their load, and which ends', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-inside-'));
  closing.push(() => rmSync(dir, { recursive: true, force: true }));
  const inside = await realInside({ dir: join(dir, 'machines'), clock: systemClock(), log: silentLog });
  const clock = new SteppedClock();
  const sim = createSim(
    { seed: 'inside', clock, offers: 300, intervalFactor: 0, searchesPerMinute: Number.POSITIVE_INFINITY },
    inside,
  );
  closing.push(() => sim.close());
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const pair = generateKeyPair({ comment: 'test' });
  const keyFile = join(dir, 'key');
  writeFileSync(keyFile, pair.privateKey.reveal());
  chmodSync(keyFile, 0o600);
  await call('POST', '/api/v0/ssh/', { ssh_key: pair.publicKey });
  const { offers } = (await call('POST', '/api/v0/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 4 },
    order: [['dph_total', 'asc']],
  })) as { offers: { id: number; gpu_name: string }[] };
  const offer = offers[0] as { id: number; gpu_name: string };
  const { new_contract: created } = await call('PUT', `/api/v0/asks/${offer.id}/`, {
    image: 'pytorch/pytorch:latest',
    disk: 20,
    runtype: 'ssh_direc ssh_proxy',
    env: { COLOUR: 'blue', '-p 8080:8080': '1' },
  });
  const id = created as number;
  await clock.step(3_600_000);
  const instance = async () =>
    (await call('GET', `/api/v0/instances/${id}/`)).instances as {
      readonly actual_status: string;
      readonly public_ipaddr: string;
      readonly gpu_util: number;
      readonly ports?: Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
    } | null;
  // The container is up when its port is told.
  const portOf = async () => (await instance())?.ports?.['22/tcp']?.[0]?.HostPort;
  while ((await portOf()) === undefined) await new Promise((resolve) => setImmediate(resolve));
  const shown = await instance();
  expect(shown).toMatchObject({ actual_status: 'running', public_ipaddr: '127.0.0.1' });
  const options = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    `UserKnownHostsFile=${dir}/known`,
    '-o',
    'BatchMode=yes',
  ];
  const ssh = async (command: string) =>
    (await run('ssh', ['-i', keyFile, '-p', String(await portOf()), ...options, 'root@127.0.0.1', command]))
      .stdout;
  expect(await ssh('echo $CONTAINER_ID $VAST_CONTAINERLABEL $COLOUR')).toBe(`${id} C.${id} blue\n`);
  expect(await ssh('nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits | head -1')).toBe(
    '0\n',
  );
  expect((await instance())?.gpu_util).toBe(0);
  sim.setGpuLoad(id, { state: 'training', utilizationPercent: 97 });
  expect(await ssh('nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits | head -1')).toBe(
    '97\n',
  );
  expect((await instance())?.gpu_util).toBeGreaterThan(0);
  await ssh('echo kept > $WORKSPACE/file; setsid sleep 1000 >/dev/null 2>&1 & echo $!');
  await call('DELETE', `/api/v0/instances/${id}/`, {});
  await sim.close();
  expect(await instance()).toBeNull();
  await expect(
    run('ssh', ['-i', keyFile, '-p', '1', ...options, 'root@127.0.0.1', 'true']),
  ).rejects.toThrow();
  expect(readdirSync(join(dir, 'machines'))).toEqual([]);
});
