// The switch on real machines: bash, curl and awk inside, the simulator's port outside, and the truth about what stopped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import { SteppedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { connectShell, generateKeyPair, type RemoteShell } from '../../../src/net/ssh/index.ts';
import {
  type DeadManOptions,
  deadManScript,
  readUntil,
  writeUntil,
} from '../../../src/rent/rental/ending/index.ts';
import { createSim, realInside, type TruthEvent } from '../../../src/sim/index.ts';

const real = systemClock();
const HOUR = 3_600_000;
/** Looks each second and stops at once: nobody waits for minutes here. */
const QUICK = { restartGraceMs: 0, lookMs: 1_000, graceMs: HOUR };

async function aMachine(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  switchOf: (baseUrl: string) => DeadManOptions,
) {
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-switch-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const inside = await realInside({ dir: join(dir, 'machines'), clock: real, log: silentLog });
  const clock = new SteppedClock();
  const sim = createSim({ seed: 'switch', clock, offers: 300, intervalFactor: 0 }, inside);
  onTestFinished(() => sim.close());
  const server = await sim.serve();
  onTestFinished(() => server.stop());
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const keys = generateKeyPair({ comment: 'test' });
  await call('POST', '/ssh/', { ssh_key: keys.publicKey });
  const { offers } = (await call('POST', '/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 4 },
    order: [['dph_total', 'asc']],
  })) as { offers: { id: number }[] };
  const { new_contract: created } = await call('PUT', `/asks/${offers[0]?.id}/`, {
    image: 'pytorch/pytorch:latest',
    disk: 20,
    runtype: 'ssh_direc ssh_proxy',
    onstart: `${deadManScript(switchOf(`${server.url}/api/v0`))}echo started > /root/theirs`,
  });
  const id = created as number;
  const events: TruthEvent[] = [];
  const waiting: (() => void)[] = [];
  sim.truth.follow((event) => {
    events.push(event);
    for (const wake of waiting.splice(0)) wake();
  });
  /** The instance's next event of this kind; those that were before count too. */
  const heard = async (what: string, from = 0): Promise<TruthEvent> => {
    for (;;) {
      const found = events.slice(from).find((event) => event.id === id && event.what === what);
      if (found) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  await clock.step(HOUR);
  const portOf = async () => {
    const { instances } = (await call('GET', `/instances/${id}/`)) as {
      instances: { ports?: Record<string, { HostPort: string }[]> } | null;
    };
    return Number(instances?.ports?.['22/tcp']?.[0]?.HostPort ?? 0);
  };
  const connect = async (): Promise<RemoteShell> => {
    let port = await portOf();
    for (; port === 0; port = await portOf()) await real.sleep(20);
    return await connectShell({
      host: '127.0.0.1',
      port,
      username: 'root',
      privateKeys: [keys.privateKey],
      hostKey: { kind: 'first-use', pin: () => {} },
      clock: real,
    });
  };
  const isMeantToRun = () =>
    sim.truth.instances().find(({ instanceId }) => instanceId === id)?.intended === 'running';
  return { sim, clock, call, connect, id, heard, events, isMeantToRun };
}

// They wait for seconds of real machines, so they wait together.
describe.concurrent('a machine with the switch', () => {
  it('stops itself at its end and not before, by its own key; started again it does not begin to count anew', {
    timeout: 60_000,
  }, async ({ expect, onTestFinished }) => {
    let endMs = 0;
    const machine = await aMachine({ onTestFinished }, (baseUrl) => {
      endMs = real.now() + 6_000;
      return { ...QUICK, baseUrl, prepaidUntilMs: endMs };
    });
    await using shell = await machine.connect();
    expect((await shell.exec('until [ -s theirs ]; do sleep 0.05; done; cat theirs')).stdout).toBe(
      'started\n',
    );
    const held = await shell.exec(
      'env; cat /proc/*/environ /proc/*/cmdline; grep -r . /root /etc /workspace /tmp',
    );
    expect(held.stdout).toContain('CONTAINER_API_KEY');
    expect(held.stdout).not.toContain(machine.sim.apiKey);
    await machine.heard('stopped');
    // The service's Date has whole seconds.
    expect(real.now()).toBeGreaterThanOrEqual(endMs - 1_000);
    expect(machine.isMeantToRun()).toBe(false);

    const before = machine.events.length;
    await machine.call('PUT', `/instances/${machine.id}/`, { state: 'running' });
    const againMs = real.now();
    await machine.clock.step(HOUR);
    await machine.heard('stopped', before);
    expect(real.now() - againMs).toBeLessThan(6_000);
  });

  it('goes on when its lease is renewed over SSH, and stops at the new end', { timeout: 60_000 }, async ({
    expect,
    onTestFinished,
  }) => {
    let endMs = 0;
    const machine = await aMachine({ onTestFinished }, (baseUrl) => {
      endMs = real.now() + 6_000;
      return { ...QUICK, baseUrl, prepaidUntilMs: endMs };
    });
    const newEndMs = endMs + 3_000;
    await using shell = await machine.connect();
    expect(await readUntil(shell)).toBeUndefined();
    await writeUntil(shell, newEndMs);
    expect(await readUntil(shell)).toBe(Math.floor(newEndMs / 1_000) * 1_000);
    await machine.heard('stopped');
    expect(real.now()).toBeGreaterThanOrEqual(newEndMs - 2_000);
  });

  it('stops when its GPUs have done nothing for so long, and not while they work', {
    timeout: 60_000,
  }, async ({ expect, onTestFinished }) => {
    const machine = await aMachine({ onTestFinished }, (baseUrl) => ({
      ...QUICK,
      baseUrl,
      prepaidUntilMs: real.now() + HOUR,
      idleMs: 2_000,
      restartGraceMs: 4_000,
    }));
    machine.sim.setGpuLoad(machine.id, { state: 'training', utilizationPercent: 97 });
    await using shell = await machine.connect();
    await shell.exec('sleep 6');
    expect(machine.isMeantToRun()).toBe(true);
    machine.sim.setGpuLoad(machine.id, { state: 'idle' });
    await machine.heard('stopped');
    expect(machine.isMeantToRun()).toBe(false);
  });
});
