// Goal: a command's answer is the same whoever gives it: the daemon of the home where one runs and fits, else the command's own
// process; and a daemon that hangs, has died, or is another's is never taken for an answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRandom, Secret, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { type DaemonFile, findDaemon, writeDaemonFile } from '../../../src/front/app/index.ts';
import { createDaemonClient } from '../../../src/front/http/index.ts';
import { createVastClient, makeOfferQuery } from '../../../src/net/vast/index.ts';
import { createSim, type Sim, type SimServer } from '../../../src/sim/index.ts';
import { type Printed, type RunOptions, temporaryFolder, vastdeck } from './cli-world.ts';
import { BIN, killPrograms, Program } from './spawned-program.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
let sim: Sim;
let service: SimServer;
let env: Record<string, string>;
/** Stands between commands and the daemon, and tells what was asked. */
let between: Between;
/** As the daemon wrote it, but with the address of what stands between. */
let file: DaemonFile;

beforeAll(async () => {
  sim = createSim({
    seed: 'api',
    clock: systemClock(),
    offers: 100,
    intervalFactor: 0,
    searchesPerMinute: Number.POSITIVE_INFINITY,
  });
  service = await sim.serve();
  env = {
    HOME: folder.path,
    VASTDECK_HOME: home,
    VAST_BASE_URL: `${service.url}/api/v0`,
    VAST_API_KEY: service.apiKey,
    USER: 'ann',
  };
  await rentForeign('lab');
  const daemon = new Program(process.execPath, [BIN, 'up', '--yes', '--only', 'rentals'], {
    ...(process.env as Record<string, string>),
    ...env,
  });
  await daemon.printed(/The daemon runs as process/);
  const { token: _, isElsewhere: __, ...written } = found();
  between = await standBetween(written.address);
  file = { ...written, address: between.address };
  await on(['ps', '--refresh']);
}, 60_000);

afterAll(async () => {
  killPrograms();
  await between.close();
  await service.stop();
  await sim.close();
  folder.remove();
});

beforeEach(() => {
  between.asked.length = 0;
  between.hangs = false;
  between.drops = undefined;
  writeDaemonFile(home, file);
});

const on = (args: readonly string[], options: RunOptions = {}): Promise<Printed> =>
  vastdeck(args, { env, cwd: folder.path, ...options });

function found() {
  const daemon = findDaemon(home);
  if (!daemon) throw new Error('no daemon runs');
  return daemon;
}

/** As somebody else would, by the API alone. */
async function rentForeign(label: string): Promise<void> {
  const client = createVastClient({
    baseUrl: env.VAST_BASE_URL ?? '',
    apiKey: new Secret(service.apiKey),
    fetch: globalThis.fetch,
    clock: systemClock(),
    random: createRandom('api'),
    log: silentLog,
    pace: 'learned',
  });
  const filters = [{ field: 'rentable', op: 'eq', value: true }] as const;
  const query = makeOfferQuery({
    filters: [...filters],
    type: 'on-demand',
    bundling: 'unbundled',
    storageGb: 10,
  });
  const [offer] = (await client.offers.search(query)).offers;
  await client.instances.create(offer?.id ?? 0, { image: 'ubuntu', diskGb: 10, label, runtype: 'ssh' });
}

interface Between {
  readonly address: string;
  /** `GET /v1/budget` */
  readonly asked: string[];
  /** It takes requests and answers none. */
  hangs: boolean;
  /** The connection of the next such request is lost. */
  drops: string | undefined;
  readonly close: () => Promise<void>;
}

async function standBetween(daemon: string): Promise<Between> {
  const asked: string[] = [];
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    if (state.hangs) return;
    if (asked.at(-1) === state.drops) {
      state.drops = undefined;
      request.socket.destroy();
      return;
    }
    const body = Buffer.concat(await request.toArray());
    const headers = Object.entries(request.headers).filter(([name]) =>
      /^(authorization|content-type|x-)/.test(name),
    );
    const answer = await fetch(`${daemon}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(body.length > 0 && { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server: Server = createServer((request, response) => void pass(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state: Between = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    hangs: false,
    drops: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}

/** What was asked beside who it is. */
const questions = () => between.asked.filter((path) => path !== 'GET /v1/daemon');

/** Daemons that cannot answer for a command here, by what stands in their file. */
const MISFITS: readonly (readonly [string, (file: DaemonFile) => Partial<DaemonFile>])[] = [
  ['of another version', () => ({ version: '0.0.0' })],
  ['with another key, service or store', () => ({ drives: 'something else' })],
  ['of an older version, which does not say what it drives', () => ({ drives: '' })],
  ['whose token cannot be read', () => ({ tokenFile: join(home, 'nowhere') })],
  [
    'whose token is not the one in its file',
    ({ readTokenFile }) => ({ tokenFile: readTokenFile, drives: '' }),
  ],
  ['at whose address nobody answers', () => ({ address: 'http://127.0.0.1:9' })],
  ['that was killed', () => ({ pid: 2 ** 22 - 1 })],
];

/** Figures that go on while a test runs. */
const MOVING = /view_age_s|charged|^why$/;

function steady({ out, code }: Printed): unknown {
  const rows = JSON.parse(out || '[]') as Record<string, unknown>[];
  return {
    code,
    rows: rows
      .filter(({ value }) => !MOVING.test(String(value)))
      .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !MOVING.test(name)))),
  };
}

/** Without figures and units that go on while a test runs. */
const timeless = (text: string) => text.replaceAll(/[\d.]+(ms|s|m)?/g, 'N');

const READING: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['ps', ['ps', '--no-refresh', '--json'], ['GET /v1/instances']],
  ['ps --refresh', ['ps', '--refresh', '--json'], ['GET /v1/instances', 'POST /v1/instances/refresh']],
  ['cost', ['cost', '--by', 'label,day', '--json'], ['POST /v1/rentals/round', 'GET /v1/cost']],
  ['budget', ['budget', '--json'], ['GET /v1/budget']],
  ['why', ['why', 'lab', '--json'], ['GET /v1/jobs/lab/why', 'GET /v1/why/lab']],
  ['why --offline', ['why', 'lab', '--offline', '--json'], ['GET /v1/jobs/lab/why', 'GET /v1/why/lab']],
];

describe.each(READING)('%s', (_, args, asks) => {
  it('asks the daemon, and answers the same without one', async () => {
    const told = await on(args);
    expect(questions()).toEqual(asks);
    between.asked.length = 0;
    writeDaemonFile(home, { ...file, version: '0.0.0' });
    const own = await on(args);
    expect(between.asked).toEqual([]);
    expect(steady(own)).toEqual(steady(told));
    expect(timeless(own.err)).toBe(timeless(told.err));
  });
});

describe('acts', () => {
  const WORDS: readonly (readonly [readonly string[], RegExp])[] = [
    [['budget', 'set', 'label:night', 'day', '2.5'], /^label:night\/day is capped at \$2\.50: \$0\.00 spent/],
    [['budget', 'remove', 'label:night', 'day'], /^The cap label:night\/day is removed\.$/m],
    [['budget', 'set', 'account', 'month', '7'], /^account:\d+@[\d.:]+\/month is capped at \$7\.00/],
    [['budget', 'remove', 'account', 'month'], /^The cap account:\d+@[\d.:]+\/month is removed/],
    [
      ['budget', 'limit', 'set', 'calm', '3', '--type', 'frequency'],
      /^The limit calm is set: frequency of total: at most 3 acts, in 1d\.$/m,
    ],
    [
      ['budget', 'limit', 'set', 'calm', '4'],
      /^The limit calm is set: frequency of total: at most 4 acts, in 1d\.$/m,
    ],
    [['budget', 'limit', 'remove', 'calm'], /^The limit calm is removed\.$/m],
    [['halt', 'too', 'dear'], /^All spending is halted: nothing is rented/],
    [['halt', 'again'], /^All spending is halted since \S+, by ann \(too dear\)/],
    [['resume'], /^Spending is allowed again.* by ann: too dear\.$/m],
    [['resume'], /^Nothing was halted\.$/m],
  ];

  it.each([
    ['by the daemon', {}, '127.0.0.1'],
    ['without one', { version: '0.0.0' }, 'this process'],
  ])('done %s are told in the same words, and leave who asked', async (_, misfit, from) => {
    writeDaemonFile(home, { ...file, ...misfit });
    const direct = createDaemonClient({
      address: between.address,
      token: found().token as Secret,
      fetch: globalThis.fetch,
    });
    const { lastSeq } = await direct.events();
    for (const [args, words] of WORDS) {
      const { code, err, out } = await on(args);
      expect({ code, out, err }).toEqual({ code: 0, out: '', err: expect.stringMatching(words) });
    }
    const { events } = await direct.events({ after: lastSeq, noun: 'act' });
    expect(events).toHaveLength(WORDS.length);
    for (const { data } of events) expect(data).toMatchObject({ who: 'ann', from });
  });

  it.each([
    [
      ['budget', 'remove', 'label:none', 'day'],
      4,
      'There is no cap label:none/day; "vastdeck budget" shows all\n',
    ],
    [['budget', 'set', 'label', 'day', '1'], 2, '"label" does not say whose money it is'],
    [['why', 'nobody'], 4, 'No instance or rental is called "nobody"'],
  ])('%j that cannot be done ends with its own code and words, with a daemon and without', async (args, code, sentence) => {
    for (const version of [file.version, '0.0.0']) {
      writeDaemonFile(home, { ...file, version });
      expect(await on(args)).toMatchObject({ code, err: expect.stringContaining(sentence) });
    }
  });
});

describe('a daemon', () => {
  it.each(MISFITS)('%s is not asked, and the command answers by itself', async (_, misfit) => {
    writeDaemonFile(home, { ...file, ...misfit(file) });
    const { code, out, err } = await on(['ps', '--no-refresh', '--json']);
    expect({ code, rows: JSON.parse(out) }).toMatchObject({ code: 0, rows: [{ name: 'lab' }] });
    expect(err).not.toContain('daemon');
    expect(questions()).toEqual([]);
  });

  it('is told apart from another process at its address', async () => {
    writeDaemonFile(home, { ...file, ...(await identityOfThis()) });
    expect((await on(['budget', '--json'])).code).toBe(0);
    expect(between.asked).toEqual(['GET /v1/daemon']);
  });

  it('with another key than that of the command is not asked', async () => {
    const { code, err } = await on(['ps'], { env: { ...env, VAST_API_KEY: 'another' } });
    expect({ code, err }).toMatchObject({ code: 5, err: expect.stringMatching(/key/) });
    expect(between.asked).toEqual([]);
  });

  it('that takes requests and answers none is given up after a while', async () => {
    between.hangs = true;
    const { code, out, err } = await on(['ps', '--no-refresh', '--json'], {
      env: { ...env, LOG_LEVEL: 'debug' },
    });
    expect({ code, rows: JSON.parse(out) }).toMatchObject({ code: 0, rows: [{ name: 'lab' }] });
    expect(err).toContain('the daemon does not answer');
    expect(between.asked).toEqual(['GET /v1/daemon']);
  }, 20_000);

  it('that is lost in the middle of an answer fails the command, which says so', async () => {
    between.drops = 'GET /v1/budget';
    const { code, out, err } = await on(['budget']);
    expect({ code, out }).toEqual({ code: 5, out: '' });
    expect(err).toMatch(/^The daemon does not answer at .* "vastdeck status" says whether it runs$/m);
  });

  it('that is lost in the middle of a halt is asked again, so that spending is surely halted', async () => {
    between.drops = 'POST /v1/halt';
    expect(await on(['halt', 'at', 'once'])).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^All spending/),
    });
    expect((await on(['resume'])).err).toContain('by ann: at once');
  });

  it('of another version is not said to be silent', async () => {
    writeDaemonFile(home, { ...file, version: '0.0.0', address: 'http://127.0.0.1:9' });
    expect(await on(['status'])).toMatchObject({
      code: 5,
      err: expect.stringContaining('is of version 0.0.0 and this is'),
    });
  });

  it('whose process was killed leaves everything as it was', async () => {
    await on(['halt', 'before', 'the', 'kill']);
    kill(file.pid, 'SIGKILL');
    await expect.poll(() => findDaemon(home)).toBeUndefined();
    between.asked.length = 0;
    expect((await on(['budget'])).err).toContain('by ann: before the kill');
    expect((await on(['resume'])).err).toContain('Spending is allowed again');
    expect((await on(['status'])).err).toContain('No daemon runs');
    expect(between.asked).toEqual([]);
  });
});

/** A process that lives, and is not the daemon. */
async function identityOfThis(): Promise<Partial<DaemonFile>> {
  const { identify } = await import('../../../src/front/app/index.ts');
  return identify(process.pid);
}
