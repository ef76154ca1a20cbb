// The listing of instances: all pages at the service's pace, and nothing wrong with it kept silent.
import {
  type InstanceListing,
  InvalidRequestError,
  MalformedAnswerError,
  UnavailableError,
  type VastClient,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import type { Offer } from '../../sim/a-sim.ts';
import { aTenant, type Tenant } from './a-tenant.ts';
import { failureOf, json, raw, type ScriptedAnswer, scriptedService, settle } from './scripted-service.ts';

/** Rents so many, by raw requests, each on an offer of its own. */
async function manyInstances(tenant: Tenant, count: number): Promise<readonly number[]> {
  const ids: number[] = [];
  const offers = await tenant.search({ disable_bundling: true, rentable: { eq: true }, num_gpus: { eq: 1 } });
  for (const offer of offers as Offer[]) {
    if (ids.length >= count) break;
    const { body } = await tenant.rent(offer.id, { label: `n${ids.length}`, cancel_unavail: true });
    if (body.new_contract !== undefined) ids.push(body.new_contract);
  }
  if (ids.length < count) throw new Error(`only ${ids.length} could be rented`);
  return ids;
}

function pacedTenant(): Tenant {
  // The truth is made by raw requests, for which the simulator would be too strict.
  return aTenant({ intervalFactor: 0, credit: 100_000, offers: 600 });
}

function pages(...answers: readonly ScriptedAnswer[]) {
  const { client, clock, seen, log } = scriptedService(answers);
  return { seen, log, clock, client, list: () => settle(clock, client.instances.list()) };
}

const ROW = (id: number) => ({ id, machine_id: 7, actual_status: 'running' });
const PAGE = (ids: readonly number[], total: number, next: string | null, more: object = {}) =>
  json({
    success: true,
    instances_found: ids.length,
    total_instances: total,
    next_token: next,
    instances: ids.map(ROW),
    ...more,
  });

describe('a listing', () => {
  it('of several pages has everything once, a page a second', async () => {
    const tenant = pacedTenant();
    const ids = await manyInstances(tenant, 60);
    const startMs = tenant.clock.now();
    const listing = await tenant.done(tenant.client.instances.list());
    expect(listing.faults).toEqual([]);
    expect(listing).toMatchObject({ total: 60, pages: 3, startedAtMs: startMs, endedAtMs: startMs + 2_000 });
    expect(listing.instances.map(({ id }) => id)).toEqual(ids.toSorted((a, b) => a - b));
    expect(listing.instances.map(({ label }) => label)).toContain('n59');
  });

  it('asks as the official client does', async () => {
    const { seen, list } = pages(PAGE([1], 2, 'dG9rZW4='), PAGE([2], 2, null));
    await list();
    expect(
      seen.map(({ method, url }) => `${method} ${decodeURIComponent(url).replaceAll('+', ' ')}`),
    ).toEqual([
      'GET https://console.vast.ai/api/v1/instances/?select_filters={}&order_by=[{"col": "id", "dir": "asc"}]&limit=25',
      'GET https://console.vast.ai/api/v1/instances/?select_filters={}&order_by=[{"col": "id", "dir": "asc"}]&limit=25&after_token=dG9rZW4=',
    ]);
  });

  it('of an account with nothing is whole', async () => {
    const { list } = pages(PAGE([], 0, null, { label_counts: {} }));
    expect(await list()).toMatchObject({ total: 0, instances: [], faults: [], pages: 1 });
  });

  it.each<[string, readonly ScriptedAnswer[], RegExp, readonly number[]]>([
    ['has fewer rows than the total', [PAGE([1, 2], 3, null)], /speaks of 3 instances and listed 2/, [1, 2]],
    ['has more rows than the total', [PAGE([1, 2], 1, null)], /speaks of 1 instances and listed 2/, [1, 2]],
    [
      'has a total that changes between pages',
      [PAGE([1], 2, 't'), PAGE([2], 3, null)],
      /page 2 speaks of 3 instances, page 1 of 2/,
      [1, 2],
    ],
    [
      'says another number of rows than it has',
      [PAGE([1], 1, null, { instances_found: 2 })],
      /page 1 speaks of 2 rows and has 1/,
      [1],
    ],
    ['does not say its total', [json({ instances: [ROW(1)] })], /does not say how many/, [1]],
    ['has a row twice', [PAGE([1, 1], 2, null)], /instance 1 is in the list twice/, [1]],
    [
      'has a row without an id',
      [PAGE([1], 2, null, { instances: [ROW(1), { machine_id: 7 }], instances_found: 2 })],
      /has the id undefined/,
      [1],
    ],
    [
      'has a row without a machine',
      [PAGE([1], 2, null, { instances: [ROW(1), { id: 2 }], instances_found: 2 })],
      /instance 2 has the machine undefined/,
      [1],
    ],
    ['has a row that is null', [PAGE([1], 1, null, { instances: [null] })], /not an object/, []],
    [
      'points on for ever with the same token',
      [PAGE([1], 9, 't'), PAGE([2], 9, 't')],
      /does not end/,
      [1, 2],
    ],
    ['points on with an empty page', [PAGE([], 9, 't'), PAGE([1], 9, null)], /does not end/, []],
    [
      'says none and counts labels',
      [PAGE([], 0, null, { label_counts: { mine: 2 } })],
      /no instances and of 1 labels/,
      [],
    ],
    [
      'is refused in its midst, since the row of its token is gone',
      [PAGE([1], 2, 't'), json({ success: false, error: 'invalid_token', msg: 'gone' }, { status: 400 })],
      /the page after 1 rows was refused/,
      [1],
    ],
  ])('that %s says so and keeps what it has', async (_what, answers, fault, ids) => {
    const listing = await pages(...answers).list();
    expect(listing.faults.join('\n')).toMatch(fault);
    expect(listing.instances.map(({ id }) => id)).toEqual(ids);
  });

  it.each([null, {}, '', 'error'])('with %j in place of the rows is no listing', async (instances) => {
    const { client, clock, seen } = pages(json({ success: true, total_instances: 0, instances }));
    const failure = await failureOf(clock, client.instances.list());
    expect(failure).toBeInstanceOf(MalformedAnswerError);
    expect(failure.message).toContain('unknown');
    // Spoiled answers come and go: it was asked again.
    expect(seen).toHaveLength(3);
  });

  it('whose second page does not come fails as a whole', async () => {
    const down = json({ msg: 'down' }, { status: 503 });
    const { client, clock } = pages(PAGE([1], 2, 't'), down);
    expect(await failureOf(clock, client.instances.list())).toBeInstanceOf(UnavailableError);
  });

  it('whose first page is refused fails', async () => {
    const { client, clock } = pages(
      json({ success: false, error: 'invalid_token', msg: 'no' }, { status: 400 }),
    );
    expect(await failureOf(clock, client.instances.list())).toBeInstanceOf(InvalidRequestError);
  });

  it('below a base URL of another version is not guessed', async () => {
    const { client, clock, seen } = scriptedService([PAGE([], 0, null)], {
      baseUrl: 'http://127.0.0.1:9/api',
    });
    expect(await failureOf(clock, client.instances.list())).toBeInstanceOf(InvalidRequestError);
    expect(seen).toHaveLength(0);
    const below = scriptedService([PAGE([], 0, null)], { baseUrl: 'http://127.0.0.1:9/sim/api/v0/' });
    await settle(below.clock, below.client.instances.list());
    expect(below.seen[0]?.url).toMatch(/^http:\/\/127\.0\.0\.1:9\/sim\/api\/v1\/instances\/\?/);
  });
});

describe('a listing of the simulator under a fault', () => {
  const listWith = async (
    fault: Parameters<Tenant['sim']['fail']>[0],
    times: number,
  ): Promise<InstanceListing | Error> => {
    const tenant = pacedTenant();
    await manyInstances(tenant, 30);
    tenant.sim.fail(fault, { times, route: /^GET \/api\/v1\/instances\// });
    const client: VastClient = tenant.client;
    return tenant.done(client.instances.list()).catch((error: unknown) => error as Error);
  };

  it('that shortens a page tells of it', async () => {
    const listing = (await listWith('short-listing', 1)) as InstanceListing;
    expect(listing.faults.join('\n')).toMatch(/speaks of 25 rows and has 12/);
  });

  it('that empties a page tells of it', async () => {
    const listing = (await listWith('empty-listing', 1)) as InstanceListing;
    expect(listing.instances).toHaveLength(0);
    expect(listing.faults).not.toEqual([]);
  });

  it('that spoils the rows is whole once the fault has passed, and an error while it stays', async () => {
    expect(await listWith('ill-typed-listing', 1)).toMatchObject({ total: 30, faults: [] });
    expect(await listWith('ill-typed-listing', 3)).toBeInstanceOf(MalformedAnswerError);
  });

  it.each([
    'truncated-json',
    'gateway-timeout',
    'server-error',
    'rate-limit-text',
    'wrong-content-type',
    'lost-answer',
  ] as const)('of the kind %s is repeated, and whole', async (fault) => {
    expect(await listWith(fault, 1)).toMatchObject({ total: 30, faults: [], pages: 2 });
  });
});

describe('a row', () => {
  const one = async (fields: object) => {
    const { list, log } = pages(PAGE([1], 1, null, { instances: [{ ...ROW(1), ...fields }] }));
    const { instances } = await list();
    return { instance: instances[0], log };
  };

  it('with an unknown word has "unknown", which is logged once for each word', async () => {
    const rows = [1, 2, 3].map((id) => ({ ...ROW(id), actual_status: 'thawing', next_state: 'paused' }));
    const { list, log } = pages(PAGE([1, 2, 3], 3, null, { instances: rows }));
    const { instances } = await list();
    await list();
    expect(instances.map(({ actualStatus }) => actualStatus)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(log.filter(({ message }) => message === 'unknown value in an instance')).toHaveLength(2);
  });

  it('without a status keeps null, which is being provisioned', async () => {
    expect((await one({ actual_status: null })).instance?.actualStatus).toBeNull();
  });

  it('has SSH by the proxy, on the next port where Jupyter runs', async () => {
    const proxy = { ssh_host: 'ssh4.vast.ai', ssh_port: 12_000 };
    expect((await one({ ...proxy, image_runtype: 'ssh' })).instance?.ssh).toEqual({
      proxy: { host: 'ssh4.vast.ai', port: 12_000 },
    });
    const jupyter = await one({ ...proxy, image_runtype: 'jupyter_direc ssh_direc ssh_proxy' });
    expect(jupyter.instance?.ssh.proxy?.port).toBe(12_001);
    expect((await one({ ssh_host: 'ssh4.vast.ai', ssh_port: null })).instance?.ssh).toEqual({});
  });

  it('has ports from the map of docker, and none from anything else', async () => {
    const ports = {
      '22/tcp': [{ HostIp: '0.0.0.0', HostPort: '20001' }],
      '53/udp': [{ HostPort: 20_002 }],
      '80/tcp': null,
      x: [],
    };
    const { instance } = await one({ ports, public_ipaddr: '203.0.113.7\n' });
    expect(instance?.ports).toEqual([
      { containerPort: 22, protocol: 'tcp', hostPort: 20_001 },
      { containerPort: 53, protocol: 'udp', hostPort: 20_002 },
    ]);
    expect(instance?.ssh.direct).toEqual({ host: '203.0.113.7', port: 20_001 });
    for (const odd of [null, [22], '22', undefined])
      expect((await one({ ports: odd })).instance?.ports).toEqual([]);
  });

  it('has no figure where the service has none', async () => {
    const { instance } = await one({
      disk_usage: -1,
      dph_total: -0.2,
      gpu_util: 'NaN',
      uptime_mins: null,
      ssh_port: 'x',
    });
    expect(instance).toMatchObject({
      diskUsedGb: null,
      pricePerHour: null,
      gpuUtilPercent: null,
      uptimeMs: null,
    });
  });

  it('of NaN in the JSON is read, since Python writes it', async () => {
    const { list } = pages(
      raw(
        '{"total_instances": 1, "next_token": null, "instances": [{"id": 1, "machine_id": 7, "dph_total": NaN}]}',
      ),
    );
    expect(await list()).toMatchObject({ faults: [], instances: [{ id: 1, pricePerHour: null }] });
  });

  it('keeps the token of Jupyter out of texts', async () => {
    const { instance } = await one({ jupyter_token: 'feedfacefeedfacefeedface' });
    expect(instance?.jupyterToken?.reveal()).toBe('feedfacefeedfacefeedface');
    expect(JSON.stringify(instance)).not.toContain('feedface');
  });
});
