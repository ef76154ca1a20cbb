// `vastdeck job …` and `vastdeck run` as people and scripts use them, on a simulated Vast.ai over a socket with real
// machines: a whole training from the plan to verified artifacts, and everything around it.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PacedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import {
  type DaemonFile,
  identify,
  removeDaemonFile,
  writeDaemonFile,
} from '../../../src/front/app/index.ts';
import { createSim, realInside, type Sim, type SimServer } from '../../../src/sim/index.ts';
import { type Printed, type RunOptions, temporaryFolder, vastdeck } from './cli-world.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/cpu-train', import.meta.url));
const folder = temporaryFolder();
let sim: Sim;
let server: SimServer;
let env: Record<string, string>;

beforeAll(async () => {
  const dir = join(folder.path, 'machines');
  mkdirSync(dir);
  const base = systemClock();
  // Minutes of pulling are seconds here; the machines themselves live in real time.
  const clock = new PacedClock({ base, speed: 40 });
  const inside = await realInside({ dir, clock: base, log: silentLog });
  sim = createSim(
    { seed: 'jobs', clock, offers: 400, intervalFactor: 0, searchesPerMinute: Number.POSITIVE_INFINITY },
    inside,
  );
  server = await sim.serve();
  env = {
    HOME: folder.path,
    VASTDECK_HOME: join(folder.path, 'home'),
    VAST_BASE_URL: `${server.url}/api/v0`,
    VAST_API_KEY: server.apiKey,
    USER: 'ann',
  };
  cpSync(EXAMPLE, join(folder.path, 'train'), { recursive: true });
  jobFile('quick', {
    run: 'python3 train.py --epochs 8 --epoch-seconds 0.6 --out "$WORKSPACE/out"',
    checkpoints: '["out/ckpt-*"]',
    artifacts: '["out/model.json"]',
    workdir: '.',
  });
});
afterAll(async () => {
  await server.stop();
  await sim.close();
  folder.remove();
});

const on = (args: readonly string[], options: RunOptions = {}): Promise<Printed> =>
  vastdeck(args, { env, cwd: folder.path, ...options });
const rowsOf = ({ out }: Printed) => JSON.parse(out) as Record<string, unknown>[];
const eventsOf = ({ out }: Printed) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Those that are there, whoever knows of them. */
const machines = () => sim.truth.instances().filter(({ destroyedMs }) => destroyedMs === undefined);

/** A small job in a file beside the training; returns its path. */
function jobFile(name: string, fields: Readonly<Record<string, string>>): string {
  const all = { name, image: 'pytorch/pytorch:latest', max_duration: '30m', budget: '3', ...fields };
  const path = join(folder.path, 'train', `${name}.yaml`);
  writeFileSync(
    path,
    Object.entries(all)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  return path;
}

describe('before anything is submitted', () => {
  it('a bad file ends with 2 and every fault with its line', async () => {
    writeFileSync(
      join(folder.path, 'bad.yaml'),
      'name: x y\nimage: a\nrun: 5 # 1\nbudgett: 3\nresources: { count: 0 }\n',
    );
    for (const verb of ['plan', 'submit']) {
      const { code, err } = await on(['job', verb, 'bad.yaml']);
      expect(code).toBe(2);
      expect(err).toMatch(/bad\.yaml:1:7: name is "x y"/);
      expect(err).toMatch(/bad\.yaml:4:1: "budgett" is not known .*did you mean budget\?/);
      expect(err).toMatch(/bad\.yaml:5:21: resources\.count is 0/);
    }
    expect((await on(['job', 'plan', 'nowhere.yaml'])).code).toBe(4);
  });

  it('a plan is one object with ranking, money and checks, for a folder as for its file', async () => {
    const { code, out } = await on(['job', 'plan', 'train', '--json']);
    const plan = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(plan).toMatchObject({
      name: 'tiny-train',
      jobs: 1,
      is_simulated: true,
      budget_usd: 2,
      no_offer: null,
    });
    expect((plan.ranking as Record<string, unknown>[])[1]?.why).not.toBe('');
    const parts = Object.values(plan.reservation_parts_usd as Record<string, number>);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(plan.reservation_usd as number, 6);
    const screen = await on(['job', 'plan', 'train'], { isTerminal: true });
    expect(screen.out).toMatch(/^SIMULATED/);
    expect(screen.out).toMatch(
      /Set aside of the budget of \$2\.00 until the machine is surely gone: \$[\d.]+ = /,
    );
    expect(screen.out).toMatch(/will do; the first is taken\.\nKept out: \d+ /);
    expect(plan.excluded).toContainEqual(
      expect.objectContaining({ offers: expect.any(Number), relax: expect.any(String) }),
    );
    expect(screen.out).toMatch(/recovery +ok +goes on from the newest of out\/ckpt-\*/);
  });

  it('a plan into a pipe is its machines, one a row, and what is said of them goes elsewhere', async () => {
    const { code, out, err } = await on(['job', 'plan', 'train']);
    expect(code).toBe(0);
    const [head = '', ...rows] = out.trimEnd().split('\n');
    expect(head.split('\t').slice(0, 3)).toEqual(['offer_id', 'rank', 'machine_id']);
    const { ranking } = JSON.parse((await on(['job', 'plan', 'train', '--json'])).out) as {
      ranking: { rank: number; offer_id: number; machine_id: number }[];
    };
    expect(ranking.length).toBeGreaterThan(0);
    expect(rows.map((row) => row.split('\t').slice(0, 3).map(Number))).toEqual(
      ranking.map((row) => [row.offer_id, row.rank, row.machine_id].map(Number)),
    );
    expect(rows.every((row) => row.split('\t').length === head.split('\t').length)).toBe(true);
    expect(err).toMatch(/^SIMULATED/);
    expect(err).toMatch(/Set aside of the budget/);
    expect(err).toMatch(/recovery +ok/);
  });

  it('a job that may wait starts now where nobody has collected prices', async () => {
    const path = jobFile('waits', { run: 'echo', start: '{ by: "08:00" }' });
    const { out } = await on(['job', 'plan', path, '--json']);
    expect((JSON.parse(out) as { start: unknown }).start).toMatchObject({
      decision: 'now',
      sentence: expect.stringContaining('no price history'),
    });
  });

  it.each([
    ['a question that nobody can answer', {}, [], 2, /no terminal to ask on/],
    [
      'a budget below the reservation',
      { budget: '0.01' },
      ['--yes'],
      3,
      /budget of \$0\.0100 does not cover/,
    ],
    [
      'a script that bash cannot read',
      { setup: '"if true; then"' },
      ['--yes'],
      2,
      /would fail: setup is no script/,
    ],
    ['GPUs that nobody has', { resources: '{ vram: 900GB }' }, ['--yes'], 6, /No available instances found/],
    [
      'unattended without an end',
      { max_duration: '', budget: '3' },
      ['--unattended', '--yes'],
      2,
      /max_duration/,
    ],
  ])('%s ends it', async (what, fields, flags, code, sentence) => {
    const name = what.split(' ').slice(0, 2).join('-');
    const path = jobFile(name, { run: 'echo', ...fields });
    if (what.startsWith('unattended'))
      writeFileSync(path, readFileSync(path, 'utf8').replace(/^max_duration.*$/m, ''));
    const ended = await on(['job', 'submit', path, ...flags]);
    expect(ended.err).toMatch(sentence);
    expect(ended.code).toBe(code);
    expect(sim.truth.instances()).toEqual([]);
  });

  it('a dry run shows the plan and hands in nothing; a halt denies before anybody is asked', async () => {
    const path = jobFile('dry', { run: 'echo' });
    const dry = await on(['job', 'submit', path, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, err: expect.stringMatching(/this is a dry run/) });
    expect(rowsOf(await on(['job', 'list', '--json']))).toEqual([]);
    await on(['halt', 'the bill']);
    const denied = await on(['job', 'submit', path, '--yes', '--json']);
    const planned = await on(['job', 'plan', path]);
    await on(['resume']);
    expect(denied).toMatchObject({ code: 3, err: expect.stringContaining('All spending is halted') });
    // A program is told in one object, too.
    expect(
      denied.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        at: expect.any(String),
        event: 'result',
        status: 'not-submitted',
        reason: expect.stringContaining('All spending is halted'),
        exit_code: 3,
      },
    ]);
    const bad = await on(['job', 'submit', 'bad.yaml', '--yes', '--json']);
    expect(JSON.parse(bad.out)).toMatchObject({ event: 'result', status: 'not-submitted', exit_code: 2 });
    expect(planned.code).toBe(3);
  });

  it('run prints the file that it would be', async () => {
    const { out, code } = await on([
      'run',
      '--gpu',
      'any',
      '--name',
      'shown',
      '--print',
      '--',
      'echo',
      'a b',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^name: shown\n[\s\S]*run: echo 'a b'$/m);
  });

  it('what is not there ends with 4', async () => {
    for (const verb of ['status', 'logs', 'fetch', 'why', 'wait', 'cancel']) {
      expect(await on(['job', verb, 'nobody'])).toMatchObject({
        code: 4,
        err: expect.stringMatching(/No job is called/),
      });
    }
  });
});

/** A terminal with somebody at it: what they type is read, and Ctrl-C is told to whoever listens. */
function aPerson() {
  const stdin = new PassThrough();
  const listeners = new Set<() => void>();
  const options: RunOptions = {
    overrides: {
      inIsTerminal: true,
      stdin,
      onInterrupt: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
  return {
    options,
    type: (text: string) => void stdin.write(text),
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}

// Each of them waits some twenty seconds for its machine to be seen gone: they wait together.
describe.concurrent('a job', () => {
  it('trains, and its artifacts are here; the stream of events ends with how it ended', async () => {
    const path = join(folder.path, 'train', 'quick.yaml');
    const ended = await on(['job', 'submit', path, '--yes', '--json']);
    expect(ended.err).not.toContain('rror');
    expect(ended.code).toBe(0);
    const events = eventsOf(ended);
    const statuses = events.filter(({ event }) => event !== 'log').map(({ status }) => status);
    expect([...new Set(statuses)]).toEqual([
      'queued',
      'provisioning',
      'booting',
      'setting-up',
      'running',
      'fetching',
      'succeeded',
    ]);
    const log = events.filter(({ event }) => event === 'log').map(({ text }) => String(text));
    expect(log.filter((text) => text.startsWith("{'loss'"))).toHaveLength(8);
    const last = events.at(-1) as Record<string, unknown>;
    expect(last).toMatchObject({ event: 'result', status: 'succeeded', is_verified: true });
    expect(last.reason).toMatch(/exited with 0 .*verified/);
    const model = JSON.parse(readFileSync(join(String(last.artifacts), 'out', 'model.json'), 'utf8'));
    expect(model).toMatchObject({ epochs: 8 });

    const rows = rowsOf(await on(['job', 'list', '--json']));
    const row = rows.find(({ name }) => name === 'quick');
    expect(row).toMatchObject({ status: 'succeeded', instance_id: last.instance_id, is_over: true });
    expect(Number(row?.spent_usd)).toBeGreaterThan(0);
    expect(machines().map(({ instanceId }) => instanceId)).not.toContain(last.instance_id);
    const [status] = rowsOf(await on(['job', 'status', 'quick', '--json']));
    expect(status).toMatchObject({ name: 'quick', attempts: [{ attempt: 1, exit_code: 0 }] });
    const logs = await on(['job', 'logs', 'quick']);
    expect(logs.out.trimEnd().split('\n')).toEqual(log);
    expect((await on(['job', 'logs', 'quick', '--tail', '1'])).out).toMatch(/^Done: loss [\d.e-]+\n$/);
    expect((await on(['job', 'logs', '-f', 'quick'])).out).toBe(logs.out);
    const fetched = await on(['job', 'fetch', 'quick', '--to', 'results', '--json']);
    expect(rowsOf(fetched)).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(folder.path, 'results', 'out', 'model.json'), 'utf8'))).toEqual(
      model,
    );
    const told = rowsOf(await on(['job', 'why', 'quick', '--json']));
    expect(told.map(({ about }) => about)).toEqual(
      expect.arrayContaining(['job', 'attempt 1 rental', 'attempt 1 ledger']),
    );
    expect(rowsOf(await on(['why', 'quick', '--json', '--offline'])).length).toBe(told.length);
    expect((await on(['job', 'wait', 'quick'])).code).toBe(0);
    expect((await on(['job', 'cancel', 'quick', '--yes'])).err).toContain('is over already: succeeded');
  }, 120_000);

  it('that fails ends with 1 and says so last, and its machine is gone', async () => {
    const path = jobFile('fails', { run: '"echo tried; exit 3"' });
    const ended = await on(['job', 'submit', path, '--yes', '--json']);
    expect(ended.code).toBe(1);
    const events = eventsOf(ended);
    expect(events.at(-1)).toMatchObject({ event: 'result', status: 'failed', artifacts: null });
    expect(events.at(-1)?.reason).toMatch(/exited with 3/);
    expect(events).toContainEqual(expect.objectContaining({ event: 'log', text: 'tried' }));
  }, 120_000);

  it('asks at Ctrl-C: Enter goes on, c cancels and fetches what there is', async () => {
    const person = aPerson();
    const loop = 'mkdir -p out; echo half > out/half; for i in $(seq 600); do echo line $i; sleep 0.2; done';
    const running = on(
      [
        'run',
        '--gpu',
        'any',
        '--name',
        'asked',
        '--max-duration',
        '30m',
        '--artifact',
        'out/**',
        '--yes',
        '--',
        loop,
      ],
      {
        ...person.options,
        onText: untilText(
          /line 3\n/,
          person.interrupt,
          /Enter goes on/,
          () => person.type('\n'),
          /line 30\n/,
          person.interrupt,
          /Enter goes on[\s\S]*Enter goes on/,
          () => person.type('c\n'),
        ),
      },
    );
    const ended = await running;
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/asked is (setting-up|running) \(.*\), \$0\.\d+ spent so far\.\nd detaches/);
    expect(ended.err).toMatch(/asked is cancelled: cancelled/);
    expect(ended.out).toMatch(/^line 1\nline 2\nline 3\n/);
    const [file] = rowsOf(await on(['job', 'fetch', 'asked', '--json']));
    expect(readFileSync(String(file?.path), 'utf8')).toBe('half\n');
  }, 120_000);

  it('goes on when the program is left, and another one follows, waits for and ends it', async () => {
    const person = aPerson();
    const loop = 'for i in $(seq 600); do echo line $i; sleep 0.2; done';
    const left = await on(
      ['run', '--gpu', 'any', '--name', 'left', '--max-duration', '30m', '--yes', '--', loop],
      {
        ...person.options,
        onText: untilText(/line 3\n/, person.interrupt, /Enter goes on/, () => person.type('\u0003')),
      },
    );
    expect(left.code).toBe(130);
    expect(left.err).toMatch(
      /left is (setting-up|running), and nobody watches it now: "vastdeck job logs -f left"/,
    );
    expect(rowsOf(await on(['job', 'list', '--json'])).find(({ name }) => name === 'left')).toMatchObject({
      // Its log is there before its setup was seen to be done.
      status: expect.stringMatching(/^(setting-up|running)$/),
    });
    expect((await on(['job', 'status', 'left'], { isTerminal: true })).out).toMatch(/Nothing drives it now/);
    const waited = await on(['job', 'wait', 'left', '--timeout', '2s']);
    expect(waited).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Not over after 2s: left is (setting-up|running)/),
    });
    const again = await on(['job', 'submit', jobFile('left', { run: 'echo' }), '--yes']);
    expect(again).toMatchObject({
      code: 2,
      err: expect.stringMatching(/A job called left is under way already/),
    });
    const cancelled = await on(['job', 'cancel', 'left', '--yes', '--json']);
    expect(cancelled.code).toBe(0);
    expect(rowsOf(cancelled)).toMatchObject([{ name: 'left', status: 'cancelled' }]);
    expect((await on(['job', 'logs', 'left', '--tail', '3'])).out).toMatch(/^line \d+$/m);
  }, 120_000);

  it('is left to no daemon that would not drive it', async () => {
    const home = join(folder.path, 'watched');
    mkdirSync(home);
    const own = { env: { ...env, VASTDECK_HOME: home } };
    const path = jobFile('detached', { run: '"echo alone"' });
    const daemon = (parts: DaemonFile['parts']) =>
      writeDaemonFile(home, {
        ...identify(process.pid),
        address: 'http://127.0.0.1:9',
        tokenFile: join(home, 'token'),
        readTokenFile: join(home, 'read-token'),
        startedAtMs: 0,
        parts,
        version: 'test',
        drives: '',
      });
    daemon(['collector', 'rentals']);
    const refused = await on(['job', 'submit', path, '--yes', '--detach'], own);
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringMatching(/leaves jobs alone, so nobody would watch/),
    });
    expect(rowsOf(await on(['job', 'list', '--json'], own))).toEqual([]);
    // One that drives jobs, but of another version: it would not know what it is asked.
    daemon(['jobs', 'rentals']);
    const unfit = await on(['job', 'submit', path, '--yes', '--detach', '--json'], own);
    expect(unfit).toMatchObject({
      code: 2,
      err: expect.stringMatching(/does not answer, or is of another version/),
    });
    expect(rowsOf(await on(['job', 'list', '--json'], own))).toEqual([]);
    removeDaemonFile(home);
  }, 120_000);

  it('that nobody watches is left when it runs, and fetched by whoever comes by', async () => {
    const run = 'mkdir -p out; echo begun; sleep 4; echo x > out/a; echo ended';
    const words =
      'run --gpu any --name alone --max-duration 30m --artifact out/** --yes --detach --unattended --';
    const left = await on([...words.split(' '), run]);
    expect(left.code).toBe(0);
    expect(left.err).toMatch(/alone is (running|fetching), and it ends itself, and nobody watches/);
    const waited = await on(['job', 'wait', 'alone', '--json']);
    expect(waited.code).toBe(0);
    expect(eventsOf(waited).at(-1)).toMatchObject({ status: 'succeeded', is_verified: true });
    expect((await on(['job', 'logs', 'alone'])).out).toBe('begun\nended\n');
  }, 120_000);

  it('of a matrix are several under one budget, and every line says whose it is', async () => {
    const path = jobFile('grid', { run: '"echo it is $LR"', matrix: '{ LR: [0.1, 0.2] }', budget: '8' });
    const ended = await on(['job', 'submit', path, '--yes']);
    expect(ended.code).toBe(0);
    expect(ended.err.split('\n').filter((line) => line.startsWith('grid-LR-0.1 is queued'))).toHaveLength(1);
    expect(ended.out.trim().split('\n').sort()).toEqual([
      'grid-LR-0.1 | it is 0.1',
      'grid-LR-0.2 | it is 0.2',
    ]);
    const rows = rowsOf(await on(['job', 'list', '--json'])).filter(({ name }) =>
      String(name).startsWith('grid'),
    );
    expect(new Set(rows.map(({ group }) => group)).size).toBe(1);
  }, 120_000);
});

describe('afterwards', () => {
  it('nothing is left, on the account and in the files of others', async () => {
    expect(machines()).toEqual([]);
    expect(rowsOf(await on(['ps', '--refresh', '--json']))).toEqual([]);
    expect(existsSync(join(folder.path, 'results', 'out', 'model.json.vastdeck-part'))).toBe(false);
  });
});

/** Acts in turn as the texts appear, each looked for in everything that was printed. */
function untilText(...steps: readonly (RegExp | (() => void))[]): (printed: string) => void {
  let at = 0;
  return (printed) => {
    const pattern = steps[at];
    if (!(pattern instanceof RegExp) || !pattern.test(printed)) return;
    const act = steps[at + 1];
    at += 2;
    if (typeof act === 'function') act();
  };
}
