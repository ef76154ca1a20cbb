// Boots into real machines by real SSH: direct port and proxy, host keys that are pinned, keys that come by onstart.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom, Secret, SteppedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { openStore } from '../../../src/base/store/index.ts';
import {
  AuthRefusedError,
  ConnectRefusedError,
  ConnectTimeoutError,
  generateKeyPair,
  HostKeyChangedError,
} from '../../../src/net/ssh/index.ts';
import { createVastClient, type Instance, UnavailableError } from '../../../src/net/vast/index.ts';
import {
  bootMigrations,
  createBooter,
  createHostKeys,
  createInstanceConnector,
  onstartKeyLine,
  saveDiagnostics,
} from '../../../src/rent/rental/booting/index.ts';
import { type Rental, rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { createSim, realInside } from '../../../src/sim/index.ts';
import { aRental } from './a-boot.ts';

const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const HOUR = 3_600_000;
const realTime = { clock: systemClock(), log: silentLog };
const clock = new SteppedClock();
const pair = generateKeyPair({ comment: 'ours' });

/** The service on a stepped clock, its machines and our SSH in real time; one for all tests, each with its machine. */
async function aRealWorld() {
  const dir = mkdtempSync(join(tmpdir(), 'vd-boot-'));
  closing.push(() => rmSync(dir, { recursive: true, force: true }));
  const inside = await realInside({ dir: join(dir, 'machines'), ...realTime });
  const sim = createSim({ seed: 'real boots', clock, offers: 300, intervalFactor: 0, credit: 1_000 }, inside);
  closing.push(() => sim.close());
  const migrations = [...rentalMigrations, ...bootMigrations];
  const store = await openStore({ url: ':memory:', clock, log: silentLog, migrations });
  closing.push(() => store.close());
  const client = createVastClient({
    apiKey: new Secret(sim.apiKey),
    fetch: sim.fetch,
    clock,
    random: createRandom('client'),
    log: silentLog,
  });
  const connect = createInstanceConnector({
    privateKeys: [pair.privateKey],
    store,
    account: 'main',
    ...realTime,
  });
  const booter = createBooter({ client, connect, store, clock, log: silentLog });
  return { dir, sim, store, client, connect, booter, keys: createHostKeys({ store, account: 'main' }) };
}

let world: Awaited<ReturnType<typeof aRealWorld>>;
beforeAll(async () => {
  world = await aRealWorld();
});

/** Awaits real work while the waits of the API pass on the stepped clock. */
async function settle<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  while (!isDone) {
    await clock.step(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return await done;
}

async function rent(onstart: string | null = null): Promise<Rental> {
  const call = async (method: string, path: string, body: unknown) => {
    const response = await world.sim.fetch(`https://console.vast.ai/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${world.sim.apiKey}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const { offers } = (await call('POST', '/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 4 },
    duration: { gte: 5 * 86_400 },
    order: [['dph_total', 'asc']],
    limit: 1,
  })) as { offers: { id: number; gpu_name: string; num_gpus: number; gpu_ram: number }[] };
  const [offer] = offers;
  if (!offer) throw new Error('The market has no such offer');
  const { new_contract: id } = await call('PUT', `/asks/${offer.id}/`, {
    image: 'pytorch/pytorch:latest',
    disk: 20,
    runtype: 'ssh_direc ssh_proxy',
    onstart,
  });
  const base = aRental();
  return aRental({
    id: `rental_${String(id)}`,
    instanceId: id as number,
    bootingAtMs: clock.now(),
    launch: { ...base.launch, sshPublicKey: pair.publicKey },
    terms: base.terms && {
      ...base.terms,
      gpuName: offer.gpu_name,
      gpuCount: offer.num_gpus,
      gpuRamMb: offer.gpu_ram,
    },
  });
}

/** The instance once its SSH port is told; without the proxy, which is out on the internet. */
async function up({ instanceId }: Rental): Promise<Instance> {
  await clock.step(HOUR);
  for (;;) {
    // While its container is made anew, nothing of it can be told for a moment.
    const asked = settle(world.client.instances.get(instanceId as number));
    const found = await asked.catch((error: unknown) => {
      if (!(error instanceof UnavailableError)) throw error;
      return undefined;
    });
    if (found?.ssh.direct) return { ...found, ssh: { direct: found.ssh.direct } };
  }
}

const attach = ({ id }: Instance) => settle(world.client.instances.sshKeys.attach(id, pair.publicKey));

it('a rental boots to ready by a real handshake, and the host key that it showed is pinned', async () => {
  const { client, connect, booter, keys } = world;
  const rental = await rent();
  const instance = await up(rental);
  const step = await settle(booter.step(rental, instance));
  expect(step).toMatchObject({ kind: 'ready', warnings: [] });
  if (step.kind === 'ready') expect(step.gpus).toHaveLength(rental.terms?.gpuCount ?? 0);
  expect(await keys.pinned(instance.id)).toMatch(/^SHA256:/);

  const folder = join(world.dir, 'diagnostics');
  const file = await settle(saveDiagnostics({ client, instance, connect, folder, ...realTime }));
  const text = readFileSync(file ?? '', 'utf8');
  expect(text).toContain('$ nvidia-smi\n');
  expect(text).toMatch(/\$ df -h\nFilesystem/);
  expect(text).toContain(`"id": ${instance.id}`);
  expect(text).toMatch(new RegExp(`== daemon log ==\\n\\S+ C\\.${instance.id} `));
});

it('other GPUs than those of the offer are seen by nvidia-smi, and end the boot', async () => {
  const rental = await rent();
  world.sim.fail('wrong-gpu', { id: rental.instanceId as number });
  const step = await settle(world.booter.step(rental, await up(rental)));
  expect(step).toMatchObject({ kind: 'failed', cause: 'wrong-gpu' });
});

it('a machine that shows another host key than the pinned one is not entered, and the boot ends with both', async () => {
  const { connect, booter, keys } = world;
  const rental = await rent();
  const instance = await up(rental);
  await attach(instance);
  await keys.pin(instance.id, 'root@host:22', { fingerprint: 'SHA256:another', blob: '' });
  await expect(connect(instance)).rejects.toThrow(HostKeyChangedError);
  const step = await settle(booter.step(rental, instance));
  expect(step).toMatchObject({
    kind: 'failed',
    cause: 'host-key-changed',
    sentence: expect.stringMatching(
      /^Error connecting via SSH: root@127\.0\.0\.1:\d+ shows the host key SHA256:\S+, but SHA256:another was pinned/,
    ),
  });
  expect(await keys.pinned(instance.id)).toBe('SHA256:another');
});

it('a reboot keeps the host key; recycling makes another, which is taken only when the pin was given up', async () => {
  const { connect, client, keys } = world;
  const rental = await rent();
  const first = await up(rental);
  await attach(first);
  await (await connect(first)).close();
  const pinned = await keys.pinned(first.id);
  await settle(client.instances.reboot(first.id));
  await (await connect(await up(rental))).close();
  expect(await keys.pinned(first.id)).toBe(pinned);
  await settle(client.instances.recycle(first.id));
  const recycled = await up(rental);
  await expect(connect(recycled)).rejects.toThrow(HostKeyChangedError);
  await keys.forget(first.id);
  await (await connect(recycled)).close();
  expect(await keys.pinned(first.id)).not.toBe(pinned);
});

it('the key that onstart appends opens the door without the API', async () => {
  const instance = await up(await rent(onstartKeyLine(pair.publicKey)));
  const look = 'stat -c %a ~/.ssh/authorized_keys; tail -n 1 ~/.ssh/authorized_keys';
  // Onstart runs when the machine is up: it may come a moment later.
  for (;;) {
    try {
      await using shell = await world.connect(instance);
      expect((await shell.exec(look)).stdout).toBe(`600\n${pair.publicKey}\n`);
      return;
    } catch (error) {
      if (!(error instanceof AuthRefusedError)) throw error;
    }
  }
});

it('the proxy is the way in where the direct port is closed or silent, and errors say what tells most', async () => {
  const { connect, keys } = world;
  const instance = await up(await rent());
  const live = instance.ssh.direct as NonNullable<Instance['ssh']['direct']>;
  await expect(connect(instance, { timeoutMs: 5_000 })).rejects.toThrow(AuthRefusedError);
  // What refused our key was not trusted.
  expect(await keys.pinned(instance.id)).toBeUndefined();
  await attach(instance);

  const closed = { host: '127.0.0.1', port: 1 };
  const silent = await listening((socket) => socket.pause());
  const hangsUp = await listening((socket) => socket.end());
  const by = (direct: typeof closed, proxy: typeof closed, timeoutMs = 300) =>
    connect({ id: instance.id, ssh: { direct, proxy } }, { timeoutMs });
  for (const direct of [closed, silent, hangsUp]) {
    await using shell = await connect(
      { id: instance.id, ssh: { direct, proxy: live } },
      { timeoutMs: 2_000 },
    );
    expect((await shell.exec('echo in')).stdout).toBe('in\n');
  }
  await expect(by(silent, silent)).rejects.toThrow(ConnectTimeoutError);
  await expect(by(silent, closed)).rejects.toThrow(ConnectRefusedError);
  await expect(connect({ id: instance.id, ssh: {} })).rejects.toThrow(`${instance.id} has no SSH port`);
  await expect(connect(instance, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
    'enough',
  );
});

async function listening(serve: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
