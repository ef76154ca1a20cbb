// The commands on single instances, on a simulated Vast.ai over a socket with real machines: foreign ones are looked at,
// entered and adopted; what is ours is parked, brought back and seen gone.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, PacedClock, Secret, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { createVastClient, makeOfferQuery, type VastClient } from '../../../src/net/vast/index.ts';
import { createSim, realInside, type Sim, type SimServer } from '../../../src/sim/index.ts';
import { type Printed, type RunOptions, temporaryFolder, vastdeck } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const base = systemClock();
// Minutes of pulling are seconds here; the machines themselves live in real time.
const clock = new PacedClock({ base, speed: 60 });
let sim: Sim;
let server: SimServer;
let client: VastClient;
let env: Record<string, string>;

beforeAll(async () => {
  const dir = join(folder.path, 'machines');
  mkdirSync(dir);
  const inside = await realInside({ dir, clock: base, log: silentLog });
  const options = { offers: 300, intervalFactor: 0, searchesPerMinute: Number.POSITIVE_INFINITY };
  sim = createSim({ seed: 'instances', clock, ...options }, inside);
  server = await sim.serve();
  env = {
    HOME: folder.path,
    VASTDECK_HOME: join(folder.path, 'home'),
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
  };
  client = createVastClient({
    baseUrl: env.VAST_BASE_URL,
    apiKey: new Secret(server.apiKey),
    fetch: globalThis.fetch,
    clock: base,
    random: createRandom('instances'),
    log: silentLog,
    pace: 'learned',
  });
});
afterAll(async () => {
  killPrograms();
  await server.stop();
  await sim.close();
  folder.remove();
});

const on = (args: readonly string[], options: RunOptions = {}): Promise<Printed> =>
  vastdeck(args, { env, cwd: folder.path, ...options });
const start = (...args: readonly string[]) =>
  new Program(process.execPath, [BIN, ...args], { ...(process.env as Record<string, string>), ...env });
const rowsOf = ({ out }: Printed) => JSON.parse(out) as Record<string, unknown>[];
const ps = async (...flags: readonly string[]) => rowsOf(await on(['ps', '--json', ...flags]));
const truthOf = (id: number) => sim.truth.instances().find(({ instanceId }) => instanceId === id);
const database = () => new DatabaseSync(join(env.VASTDECK_HOME ?? '', 'state.db'));

/** As somebody else would, by the API alone. */
async function rentForeign(label: string, type: 'on-demand' | 'interruptible'): Promise<number> {
  const query = makeOfferQuery({
    filters: [
      { field: 'num_gpus', op: 'eq', value: 1 },
      { field: 'direct_port_count', op: 'gte', value: 1 },
      { field: 'rentable', op: 'eq', value: true },
    ],
    type,
    bundling: 'unbundled',
    storageGb: 10,
  });
  const { offers } = await client.offers.search(query);
  const [offer] = offers;
  if (!offer) throw new Error('nothing is on offer');
  const bid = type === 'interruptible' ? { bidPerHour: (offer.minBidPerHour ?? 0) + 0.05 } : {};
  const image = 'pytorch/pytorch:latest';
  const { instanceId } = await client.instances.create(offer.id, {
    image,
    diskGb: 10,
    label,
    runtype: 'ssh',
    ...bid,
  });
  return instanceId;
}

async function runs(id: number): Promise<void> {
  while ((await client.instances.get(id))?.ssh.direct === undefined) await clock.sleep(5_000);
}

describe('an account with nothing', () => {
  it('is listed by the first ps, which says so and what to do next', async () => {
    const { code, out, err } = await on(['ps'], { isTerminal: true });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/^Nothing is rented on this account\. "vastdeck offers"/);
    expect(err).toMatch(/Burns \$0\.00\/h.*credit \$100\.00/);
    expect(err).toMatch(/As listed \d+ms ago, complete/);
  });

  it('has no instance of any name', async () => {
    const { code, err } = await on(['stop', 'box', '--yes']);
    expect({ code, err }).toEqual({
      code: 4,
      err: 'No instance or rental is called "box"; the account has none ("vd ps" shows all)\n',
    });
  });

  it('needs a key', async () => {
    for (const args of [['ps'], ['ssh', 'box'], ['rm', 'box']]) {
      const ended = await on(args, { env: { ...env, VAST_API_KEY: '' } });
      expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('There is no API key') });
    }
  });
});

describe('foreign instances', () => {
  let lab: number;
  let labour: number;

  beforeAll(async () => {
    lab = await rentForeign('lab', 'on-demand');
    labour = await rentForeign('labour', 'interruptible');
    await Promise.all([runs(lab), runs(labour)]);
  }, 60_000);

  it('are in ps only after a listing, with their prices and who made them', async () => {
    expect(await ps('--no-refresh')).toEqual([]);
    const rows = await ps('--refresh');
    expect(rows).toMatchObject([
      { id: lab, name: 'lab', state: 'running', made_by: 'foreign', is_ours: false, view_complete: true },
      { id: labour, name: 'labour', rental: null, last_ssh_at: null },
    ]);
    for (const row of rows) expect(Number(row.usd_per_hour)).toBeGreaterThan(0);
    const narrow = await on(['ps'], { isTerminal: true, columns: 80 });
    for (const line of narrow.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(narrow.out).toContain('foreign');
  });

  it('are told apart by name, id and beginning', async () => {
    const both = await on(['exec', 'la', '--', 'true']);
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining(`lab (${lab}), labour (${labour})`) });
    const urls = await Promise.all(['lab', String(lab), 'labo'].map((name) => on(['ssh-url', name])));
    expect(urls[0]?.out).toMatch(/^ssh:\/\/root@127\.0\.0\.1:\d+\n$/);
    expect(urls[1]).toEqual(urls[0]);
    expect(urls[2]?.out).not.toBe(urls[0]?.out);
  });

  it.each([
    [['stop', 'lab']],
    [['start', 'lab']],
    [['reboot', 'lab']],
    [['recycle', 'lab']],
    [['bid', 'labour', '0.2']],
    [['adopt', 'lab', '--budget', '5']],
    [['rm', 'lab', '--foreign']],
    [['exec', 'lab', '--', 'true']],
  ])('%j asks first, and does nothing where nobody can be asked', async (args) => {
    const before = JSON.stringify(sim.truth.instances());
    const { code, err } = await on(args);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('There is no terminal to ask on'),
    });
    const dry = await on([...args.slice(0, 2), '--dry-run', ...args.slice(2)]);
    expect(dry).toMatchObject({
      code: 0,
      err: expect.stringContaining('Nothing was done: this is a dry run.'),
    });
    expect(JSON.stringify(sim.truth.instances())).toBe(before);
  });

  it('are entered once our key is on them, and exec passes words, input, output and code', async () => {
    const first = await on(['exec', 'lab', '--yes', '--', 'echo out; echo err >&2; exit 7']);
    expect(first).toMatchObject({ code: 7, out: 'out\n' });
    expect(first.err).toMatch(/does not know the SSH key.*\nerr\n$/);
    expect(await on(['exec', 'lab', '--', 'cat'], { input: 'a line\n' })).toEqual({
      code: 0,
      out: 'a line\n',
      err: '',
    });
    expect((await on(['exec', 'lab', '--', 'printf', '%s|', 'a b', '$HOME'])).out).toBe('a b|$HOME|');
    expect((await on(['exec', 'lab', '--', 'kill -9 $$'])).code).toBe(137);
    expect((await ps('--no-refresh'))[0]?.last_ssh_at).toMatch(/^20/);
  });

  it('are entered by OpenSSH with the pinned host key, and by nothing that shows another', async () => {
    const ssh = start('ssh', 'lab', '--', 'echo $CONTAINER_ID; exit 3');
    expect(await ssh.exit, ssh.err).toBe(3);
    expect(ssh.out).toBe(`${lab}\n`);
    const db = database();
    const pinned = db.prepare('SELECT fingerprint FROM host_keys WHERE instance_id = ?').get(lab);
    db.prepare("UPDATE host_keys SET fingerprint = 'SHA256:another' WHERE instance_id = ?").run(lab);
    const other = await on(['ssh', 'lab', '--', 'true']);
    expect(other).toMatchObject({ code: 1, out: '' });
    expect(other.err).toContain('but SHA256:another was pinned at first use');
    db.prepare('UPDATE host_keys SET fingerprint = ? WHERE instance_id = ?').run(
      (pinned as { fingerprint: string }).fingerprint,
      lab,
    );
    db.close();
    expect((await on(['ssh', 'lab', '--print'])).out).toMatch(/^ssh -o IdentityFile=\S+\/ssh_key .*root@127/);
  });

  const LARGE = 9 * 1024 * 1024;

  it.each([
    ['with rsync or scp', []],
    ['over our own connection alone', ['--no-spawn']],
  ])('take a folder and give it back %s, as cp -r would', async (_, flags) => {
    const name = `source-${flags.length}`;
    const source = join(folder.path, name);
    mkdirSync(join(source, 'deep er'), { recursive: true });
    writeFileSync(join(source, 'deep er', 'a:b.txt'), 'text');
    // Large enough for programs to be spawned, and nothing that a compression would shrink.
    writeFileSync(
      join(source, 'large'),
      createHash('shake256', { outputLength: LARGE }).update(name).digest(),
    );
    const copied = await on(['cp', name, `lab:/workspace/${name}`, '--json', ...flags]);
    expect(copied.code, copied.err).toBe(0);
    const [row] = rowsOf(copied);
    expect(row).toMatchObject({ id: lab, files: 2, bytes: LARGE + 4, skipped: 0 });
    expect(String(row?.ways)).toMatch(flags.length > 0 ? /^(tar|sftp|tar\+sftp|sftp\+tar)$/ : /rsync|scp/);
    // Into the folder that is there by now.
    await on(['cp', name, `lab:/workspace/${name}`, ...flags]);
    expect((await on(['exec', 'lab', '--', 'ls', `/workspace/${name}`])).out).toBe(
      `deep er\nlarge\n${name}\n`,
    );
    expect((await on(['cp', `lab:/workspace/${name}/deep er`, `back-${name}`, ...flags])).code).toBe(0);
    expect(readFileSync(join(folder.path, `back-${name}`, 'a:b.txt'), 'utf8')).toBe('text');
    // A second time into it, a file into a folder that is not there yet.
    expect((await on(['cp', `lab:/workspace/${name}/deep er`, `back-${name}`, ...flags])).code).toBe(0);
    expect(readFileSync(join(folder.path, `back-${name}`, 'deep er', 'a:b.txt'), 'utf8')).toBe('text');
    expect((await on(['cp', `lab:/workspace/${name}/large`, `new-${name}/`, ...flags])).code).toBe(0);
    expect(readFileSync(join(folder.path, `new-${name}`, 'large'))).toEqual(
      readFileSync(join(source, 'large')),
    );
  });

  it('are copied compressed where that pays and nobody forbids it, and without what is ignored where that is asked', async () => {
    const source = join(folder.path, 'texts');
    mkdirSync(source);
    writeFileSync(join(source, 'long.txt'), 'the same again and again\n'.repeat(60_000));
    writeFileSync(join(source, 'secret.env'), 'x');
    writeFileSync(join(source, '.gitignore'), '*.env\n');
    const ways = async (...args: readonly string[]) => {
      const copied = await on(['cp', ...args, '--json', '--no-spawn']);
      expect(copied.code, copied.err).toBe(0);
      return rowsOf(copied)[0];
    };
    const shrunk = await ways('texts', 'lab:/workspace/shrunk');
    expect(shrunk).toMatchObject({ files: 3, ways: expect.stringContaining('compressed') });
    const plain = await ways('texts', 'lab:/workspace/plain', '--no-compress', '--ignore');
    expect(plain).toMatchObject({ files: 2, ways: expect.not.stringContaining('compressed') });
    expect((await on(['exec', 'lab', '--', 'ls', '-A', '/workspace/plain'])).out).toBe(
      '.gitignore\nlong.txt\n',
    );
    expect(await ways('lab:/workspace/shrunk', 'shrunk')).toMatchObject({
      ways: expect.stringContaining('compressed'),
    });
    expect(await ways('lab:/workspace/shrunk', 'plain', '--no-compress')).toMatchObject({
      ways: expect.not.stringContaining('compressed'),
    });
    expect(readFileSync(join(folder.path, 'shrunk', 'long.txt'))).toEqual(
      readFileSync(join(source, 'long.txt')),
    );
  });

  it('are not copied to or from where nothing is', async () => {
    expect((await on(['cp', 'nowhere', 'lab:x'])).code).toBe(4);
    expect((await on(['cp', 'lab:/nowhere', 'x'])).code).toBe(4);
    expect(await on(['cp', 'a', 'b'])).toMatchObject({ code: 2, err: expect.stringContaining('NAME:PATH') });
  });

  it('tell what their host did, and a file of theirs line by line', async () => {
    const daemon = await on(['logs', 'lab', '--daemon', '--json']);
    expect(rowsOf(daemon).map(({ line }) => line)).toContainEqual(expect.stringContaining('running'));
    await on(['exec', 'lab', '--', 'seq 1 5 > /workspace/five']);
    expect((await on(['logs', 'lab', '--file', '/workspace/five', '--tail', '2'])).out).toBe('4\n5\n');
    const followed = start('logs', 'lab', '-f', '--file', '/workspace/five');
    await followed.printed(/5\n/);
    await on(['exec', 'lab', '--', 'echo six >> /workspace/five']);
    await followed.printed(/six\n/);
    followed.child.kill('SIGINT');
    expect(await followed.exit).toBe(130);
  });

  it('stop and start by ours and by the official words, several at once', async () => {
    expect((await on(['stop', 'lab', 'labour', '--yes'])).code).toBe(0);
    expect([lab, labour].map((id) => truthOf(id)?.intended)).toEqual(['stopped', 'stopped']);
    const closed = await on(['exec', 'lab', '--', 'true']);
    expect(closed).toMatchObject({
      code: 1,
      err: expect.stringContaining(`"vastdeck start ${lab}" starts it`),
    });
    await on(['start', 'instance', String(lab), '--yes']);
    expect(truthOf(lab)?.intended).toBe('running');
    expect((await on(['start', 'labour', '--yes'])).code).toBe(0);
    await Promise.all([runs(lab), runs(labour)]);
  });

  it('get the plain label that is asked for', async () => {
    await on(['label', 'instance', String(lab), 'other lab']);
    expect((await client.instances.get(lab))?.label).toBe('other lab');
    await on(['label', String(lab), 'lab']);
    expect(await on(['label', 'lab', 'vd1.x'])).toMatchObject({ code: 1 });
    expect((await client.instances.get(lab))?.label).toBe('lab');
  });

  it('are bid for where they are interruptible', async () => {
    const [row] = rowsOf(await on(['bid', 'labour', '0.31', '--yes', '--json']));
    expect(row).toMatchObject({ id: labour, bid_per_hour: 0.31 });
    expect((await client.instances.get(labour))?.gpuPricePerHour).toBe(0.31);
    expect((await on(['bid', 'labour', '--win', '--yes'])).code).toBe(0);
    expect((await client.instances.get(labour))?.gpuPricePerHour).toBeLessThan(0.31);
    expect(await on(['bid', 'lab', '0.31', '--yes'])).toMatchObject({ code: 1 });
    expect(await on(['bid', 'labour', '--yes'])).toMatchObject({ code: 2 });
  });

  it('are not destroyed without the word for it, and are seen gone with it', async () => {
    expect(await on(['rm', 'labour', '--now', '--yes'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`"vastdeck rm ${labour} --foreign"`),
    });
    expect(truthOf(labour)?.destroyedMs).toBeUndefined();
    const { code, err } = await on(['rm', 'labour', '--foreign', '--yes']);
    expect(err).toContain('is gone: two listings do not hold it');
    expect(code).toBe(0);
    expect(truthOf(labour)?.destroyedMs).toBeDefined();
    expect((await ps()).map(({ name }) => name)).toEqual(['lab']);
    const again = await on(['stop', 'labour', '--yes']);
    expect(again).toMatchObject({ code: 4, err: expect.stringContaining('"labour" is gone') });
  }, 20_000);

  it('that have gone behind our back are said to be gone', async () => {
    const lost = await rentForeign('lost', 'on-demand');
    await ps('--refresh');
    await client.instances.destroy(lost);
    for (const args of [
      ['stop', 'lost', '--yes'],
      ['ssh', 'lost'],
      ['rm', 'lost', '--foreign', '--yes'],
    ]) {
      const { code, err } = await on(args);
      expect({ code, err }).toEqual({
        code: 4,
        err: expect.stringContaining('is gone: the service has nothing'),
      });
    }
  });

  describe('under our care', () => {
    it('are not taken under it against a halt or beyond a budget, and stay as they are', async () => {
      await on(['halt', 'enough']);
      const halted = await on(['adopt', 'lab', '--budget', '5', '--yes']);
      await on(['resume']);
      expect(halted).toMatchObject({ code: 3, err: expect.stringContaining('(enough)') });
      const poor = await on(['adopt', 'lab', '--budget', '0.01', '--yes']);
      expect(poor).toMatchObject({ code: 1, err: expect.stringContaining('raise --budget') });
      expect((await client.instances.get(lab))?.label).toBe('lab');
      expect((await ps('--refresh'))[0]).toMatchObject({ id: lab, made_by: 'foreign', rental: null });
    });

    it('have a signed label, money set aside, and the switch that stops them, also after a restart', async () => {
      const adopt = ['adopt', 'lab', '--budget', '5', '--idle', '30m', '--until', '6h', '--yes', '--json'];
      const [row] = rowsOf(await on(adopt));
      expect(row).toMatchObject({ id: lab, name: 'lab', budget_usd: 5 });
      expect((await client.instances.get(lab))?.label).toMatch(
        /^vd1\.\w{8}\.rental_\w{18}\.\w{10}\.\w{16} lab$/,
      );
      expect((await ps('--refresh'))[0]).toMatchObject({
        rental: row?.rental,
        made_by: 'adopted',
        is_ours: true,
      });
      const untilSec = Math.floor(Date.parse(String(row?.until)) / 1_000);
      const look = 'cat .vastdeck/until; pgrep -fc "^sh -c b=http"';
      expect((await on(['exec', 'lab', '--', look])).out).toBe(`${untilSec}\n1\n`);
      // Asked for again it changes nothing.
      expect(rowsOf(await on(adopt))[0]).toEqual(row);
      await on(['reboot', 'lab', '--yes']);
      await runs(lab);
      expect((await on(['exec', 'lab', '--', look])).out).toBe(`${untilSec}\n1\n`);
    }, 20_000);

    it('are parked by rm and brought back by undo, with their end', async () => {
      const [parked] = rowsOf(await on(['rm', 'lab', '--yes', '--json']));
      expect(parked).toMatchObject({
        id: lab,
        state: 'stopped',
        destroyed_after: expect.stringMatching(/^20/),
      });
      expect(truthOf(lab)).toMatchObject({ intended: 'stopped' });
      expect((await ps('--refresh'))[0]).toMatchObject({
        verdict: 'parked',
        destroy_after: parked?.destroyed_after,
      });
      const [back] = rowsOf(await on(['undo', 'lab', '--yes', '--json']));
      expect(back).toMatchObject({ id: lab, state: 'ready' });
      expect((await ps('--refresh'))[0]).toMatchObject({ state: 'running', destroy_after: null });
      const twice = await on(['undo', 'lab', '--yes']);
      expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('was not parked') });
    }, 20_000);

    it('are made anew with the end and the switch that they had, and another host key', async () => {
      await on(['exec', 'lab', '--', 'touch /workspace/mine']);
      const { code, err } = await on(['recycle', 'lab', '--yes']);
      expect(err).toMatch(/lab .* runs; it stops itself at/);
      expect(code).toBe(0);
      const look = 'ls /workspace/mine; wc -l < .vastdeck/until; pgrep -fc "^sh -c b=http"';
      expect((await on(['exec', 'lab', '--', look])).out).toBe('1\n1\n');
    }, 20_000);

    it('are destroyed by rm --now; whoever leaves meanwhile leaves the rest to the next', async () => {
      const left = start('rm', 'lab', '--now', '--yes');
      await left.printed(/ended by you|destroy 1/);
      left.child.kill('SIGINT');
      expect(await left.exit).toBe(130);
      expect(left.err).toContain('is being destroyed and is not proved gone');
      const [gone] = rowsOf(await on(['destroy', 'instance', String(lab), '--yes', '--raw']));
      expect(gone).toMatchObject({ id: lab, state: 'gone' });
      expect(truthOf(lab)?.destroyedMs).toBeDefined();
      const { code, err } = await on(['undo', String(lab), '--yes']);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('its data is lost') });
    }, 30_000);
  });
});

it('a service that is down leaves ps with what the store has, and says so', async () => {
  const db = database();
  db.exec('UPDATE account_generations SET started_at = started_at - 120000, ended_at = ended_at - 120000');
  db.close();
  sim.fail('bad-gateway', { times: 1_000 });
  const { code, out, err } = await on(['ps', '--json']);
  expect({ code, out }).toEqual({ code: 0, out: '[]\n' });
  expect(err).toMatch(/502[\s\S]*As listed 2m/);
  expect(await on(['ps', '--no-refresh', '--json'])).toMatchObject({ code: 0 });
});
