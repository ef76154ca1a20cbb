// `vastdeck sim` as a program of its own: what it prints, what it keeps, what its end leaves behind, however it ends.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../src/net/ssh/index.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const temporary = join(folder.path, 'tmp');
const keyFile = join(folder.path, 'key');
const pair = generateKeyPair({ comment: 'test' });
const run = promisify(execFile);

beforeAll(() => {
  mkdirSync(temporary);
  writeFileSync(keyFile, pair.privateKey.reveal());
  chmodSync(keyFile, 0o600);
});
afterAll(() => {
  killPrograms();
  folder.remove();
});

interface Ready {
  readonly url: string;
  readonly apiKey: string;
  readonly hostApiKey: string;
  readonly controlUrl: string;
  readonly controlToken: string;
  readonly pid: number;
}

type Json = Readonly<Record<string, unknown>>;

async function startSim(...args: readonly string[]) {
  const program = new Program(process.execPath, [BIN, 'sim', '--seed', '7', ...args], {
    ...(process.env as Record<string, string>),
    HOME: folder.path,
    TMPDIR: temporary,
  });
  await program.printed(/\}\n/);
  const ready = JSON.parse(program.out) as Ready;
  const sender = (base: string, key: string) => async (method: string, path: string, body?: unknown) => {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Json;
  };
  return {
    program,
    ready,
    api: sender(`${ready.url}/api/v0`, ready.apiKey),
    control: sender(`${ready.controlUrl}/control`, ready.controlToken),
  };
}

type Started = Awaited<ReturnType<typeof startSim>>;

/** Rents the cheapest, and waits until its machine is up. */
async function aMachine({ api, control }: Started): Promise<{ readonly id: number; readonly port: string }> {
  await api('POST', '/ssh/', { ssh_key: pair.publicKey });
  const { offers } = await api('POST', '/bundles/', {
    rentable: { eq: true },
    direct_port_count: { gte: 1 },
    order: [['dph_total', 'asc']],
    limit: 1,
  });
  const [offer] = offers as readonly { readonly id: number }[];
  const rented = await api('PUT', `/asks/${offer?.id}/`, {
    image: 'pytorch/pytorch:latest',
    disk: 10,
    runtype: 'ssh_direc',
  });
  const id = rented.new_contract as number;
  await control('POST', '/step', { ms: 3_600_000 });
  for (;;) {
    const { instances } = await api('GET', `/instances/${id}/`);
    const ports = (
      instances as
        | { readonly ports?: Readonly<Record<string, readonly { readonly HostPort: string }[]>> }
        | undefined
    )?.ports;
    const port = ports?.['22/tcp']?.[0]?.HostPort;
    if (port !== undefined) return { id, port };
    // One look every two seconds is what the service allows.
    await control('POST', '/step', { ms: 2_100 });
  }
}

const SSH_OPTIONS = [
  '-q',
  '-i',
  keyFile,
  '-o',
  'BatchMode=yes',
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  `UserKnownHostsFile=${folder.path}/known`,
];

const ssh = async (port: string, command: string) =>
  (await run('ssh', [...SSH_OPTIONS, '-p', port, 'root@127.0.0.1', command])).stdout.trim();

/** Whether a process of exactly this command line runs on this system. */
async function isRunning(command: string): Promise<boolean> {
  const found = await run('pgrep', ['-x', '-f', command]).catch(() => ({ stdout: '' }));
  return found.stdout !== '';
}

describe('sim', () => {
  it('rents out real machines, keeps the truth in a file, and ends with a count of its faults', async () => {
    const state = join(folder.path, 'kept');
    const planned = [
      '--faults',
      'slow-ssh=0,stuck-loading=0',
      '--fault',
      'server-error=0',
      'disk-full=0.000001',
    ];
    const sim = await startSim('--hosts', '20', '--state', state, '--credit', '25', ...planned);
    const { program, ready, api, control } = sim;
    expect(Object.keys(ready).toSorted()).toEqual(
      ['apiKey', 'controlToken', 'controlUrl', 'hostApiKey', 'pid', 'url'].toSorted(),
    );
    expect(ready.pid).toBe(program.child.pid);
    const { id, port } = await aMachine(sim);
    expect(await ssh(port, 'echo $CONTAINER_ID')).toBe(String(id));
    await control('POST', `/instances/${id}/gpu-load`, { state: 'training', utilizationPercent: 88 });
    expect(
      await ssh(port, 'nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits | head -1'),
    ).toBe('88');
    await control('POST', '/faults', { fault: 'outbid-wave' });
    const hosts = new Set(
      ((await api('POST', '/bundles/', { disable_bundling: true })).offers as readonly Json[]).map(
        (offer) => offer.host_id,
      ),
    );
    expect(hosts.size).toBeGreaterThan(10);
    expect(hosts.size).toBeLessThanOrEqual(20);
    const { accounts } = await control('GET', '/truth/accounts');
    expect(accounts).toMatchObject([{ role: 'renter', apiKey: ready.apiKey }, { apiKey: ready.hostApiKey }]);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    expect(program.err).toContain('simulated market has ended seed=7 faults={"outbid-wave":1}');
    expect(program.err).toMatch(/planned faults that never fired faults=disk-full\n/);
    expect(readdirSync(join(state, 'machines'))).toEqual([]);
    const events = readFileSync(join(state, 'truth.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; noun: string; what: string; data: Json });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ what }) => what === 'deposit')[0]?.data.amount_usd).toBe(25);
    expect(events.some(({ noun, what }) => noun === 'instance' && what === 'running')).toBe(true);
  });

  it('killed leaves no process of a machine and no file of it', async () => {
    const sim = await startSim('--offers', '60');
    const { port } = await aMachine(sim);
    const command = `sleep 1000.${process.pid}`;
    await ssh(port, `setsid ${command} > /dev/null 2>&1 < /dev/null & echo started`);
    expect(await isRunning(command)).toBe(true);
    expect(readdirSync(temporary)).toHaveLength(1);
    sim.program.child.kill('SIGKILL');
    await sim.program.exit;
    while ((await isRunning(command)) || readdirSync(temporary).length > 0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('interrupted removes its temporary folder', async () => {
    const { program } = await startSim('--offers', '20', '--speed', '60');
    expect(readdirSync(temporary)).toHaveLength(1);
    program.child.kill('SIGINT');
    expect(await program.exit).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('without machines makes no folder, and runs a scenario whose values flags go before', async () => {
    const path = join(folder.path, 'night.yaml');
    writeFileSync(
      path,
      'name: night\nseed: 9\noffers: 30\nspeed: 2\ncredit: 3\nfaults: { bad-gateway: 1, slow: 0.5 }\nstart: 2026-03-01T00:00:00Z\n',
    );
    const sim = await startSim('--no-machines', '--scenario', path, '--faults', 'bad-gateway=0');
    expect(readdirSync(temporary)).toEqual([]);
    const { now_ms: nowMs } = await sim.control('GET', '/time');
    expect(Math.abs((nowMs as number) - Date.UTC(2026, 2, 1))).toBeLessThan(3_600_000);
    const { accounts } = await sim.control('GET', '/truth/accounts');
    expect(accounts).toMatchObject([{ creditUsd: 3 }, {}]);
    expect(sim.program.err).toMatch(/simulated market is ready seed=7 url=\S+ scenario=night\n/);
    sim.program.child.kill('SIGTERM');
    await sim.program.exit;
    expect(sim.program.err).toContain('planned faults that never fired faults=slow');
  });
});

describe('sim refuses', () => {
  it.each([
    [['--host', '0.0.0.0'], /0\.0\.0\.0 can be reached by others.*--i-understand/],
    [['--offers', '10', '--hosts', '10'], /--offers and --hosts both say/],
    [['--hosts', '0'], /--hosts "0" is not a whole number from 1 to 1000/],
    [['--speed', '0'], /--speed "0" is not a number from 0.001/],
    [['--faults', 'boom=1'], /--faults boom=1: "boom" is not a fault; they are rate-limit-text/],
    [['--faults', 'slow=2'], /--faults slow=2 has no probability/],
    [['--account', 'guest'], /--account "guest" is not known/],
    [['--ssh-password', ' '], /--ssh-password is empty/],
    [['--credit', 'much'], /--credit "much" is not a number/],
  ] as const)('%j and says what to write', async (args, sentence) => {
    const { code, out, err } = await vastdeck(['sim', ...args], { env: { HOME: folder.path } });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  it('a scenario with mistakes with all of them, and one that is not there', async () => {
    const path = join(folder.path, 'wrong.yaml');
    writeFileSync(path, 'offers: none\nfaults: { boom: 1 }\n');
    const wrong = await vastdeck(['sim', '--scenario', path], { env: { HOME: folder.path } });
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/is no scenario:\n {2}line 1: name: .*\n {2}line 1: offers: .*\n {2}line 2: /);
    const missing = join(folder.path, 'none.yaml');
    expect((await vastdeck(['sim', '--scenario', missing], { env: { HOME: folder.path } })).code).toBe(4);
    expect(existsSync(missing)).toBe(false);
  });

  it('a state folder that cannot be made', async () => {
    const { code, err } = await vastdeck(['sim', '--state', '/dev/null/x'], { env: { HOME: folder.path } });
    expect(code).toBe(1);
    expect(err).toContain('The state folder /dev/null/x cannot be made');
    expect(err).toContain('give another one with --state');
  });

  it('a folder that another simulation uses', async () => {
    const state = join(folder.path, 'shared');
    const first = await startSim('--offers', '20', '--state', state);
    const { code, err } = await vastdeck(['sim', '--offers', '20', '--state', state], {
      env: { HOME: folder.path },
    });
    expect(code).toBe(1);
    expect(err).toContain(`is in use by process ${first.ready.pid}`);
    first.program.child.kill('SIGTERM');
    await first.program.exit;
  });
});
