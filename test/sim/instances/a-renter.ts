// A simulated market with somebody who rents in it by raw requests, as recorded of the official client.
import type { Sim, SimOptions } from '../../../src/sim/index.ts';
import type { MakeContainer } from '../../../src/sim/instances/index.ts';
import { aSim, type Offer, type SimWorld } from '../a-sim.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly body: Json & {
    readonly success?: boolean;
    readonly error?: string;
    readonly msg?: string;
    readonly new_contract?: number;
  };
}

export type InstanceTruth = ReturnType<Sim['truth']['instances']>[number];

export interface Renter extends SimWorld {
  readonly get: (path: string, key?: string) => Promise<Answer>;
  readonly put: (path: string, body?: unknown, key?: string) => Promise<Answer>;
  readonly send: (method: string, path: string, body?: unknown, key?: string) => Promise<Answer>;
  /** The body that the official client sends for `create instance ID --image pytorch/pytorch:latest`, with changes. */
  readonly rent: (offerId: number, changes?: Json) => Promise<Answer>;
  /** Rents and returns the id; throws when that fails. */
  readonly rented: (offerId: number, changes?: Json) => Promise<number>;
  /** The one object under `instances`; undefined when it is null. */
  readonly row: (id: number) => Promise<Json | undefined>;
  readonly truthOf: (id: number) => InstanceTruth;
  /** What the truth log has of it, by name. */
  readonly log: (id: number) => readonly string[];
  /** Lets time pass, in steps of a minute at most. */
  readonly wait: (ms: number) => Promise<void>;
  /** Waits until it is so, at most a simulated day; throws when it never was. */
  readonly until: (id: number, isSo: (truth: InstanceTruth) => boolean) => Promise<void>;
  /** An on-demand offer of a whole small machine that nobody holds and that stays for long. */
  readonly anOffer: (gpus?: number) => Promise<Offer & { readonly min_bid: number }>;
}

export const CREATE_BODY: Json = {
  client_id: 'me',
  image: 'pytorch/pytorch:latest',
  env: {},
  price: null,
  disk: 10,
  label: null,
  extra: null,
  onstart: null,
  image_login: null,
  python_utf8: false,
  lang_utf8: false,
  use_jupyter_lab: false,
  jupyter_dir: null,
  force: false,
  cancel_unavail: false,
  template_hash_id: null,
  user: null,
  runtype: 'ssh',
};

const MINUTE = 60_000;

export function aRenter(options: Partial<SimOptions> = {}, makeContainer?: MakeContainer): Renter {
  const world = aSim({ credit: 1_000, ...options }, makeContainer);
  const { sim, clock, call } = world;
  const send: Renter['send'] = async (method, path, body, key) => {
    const response = await call(path, {
      method,
      ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
      ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text) as Answer['body'] };
  };
  const rent: Renter['rent'] = (offerId, changes = {}) =>
    send('PUT', `/api/v0/asks/${offerId}/`, { ...CREATE_BODY, ...changes });
  const truthOf: Renter['truthOf'] = (id) => {
    const truth = sim.truth.instances().find(({ instanceId }) => instanceId === id);
    if (!truth) throw new Error(`There is no instance ${id}`);
    return truth;
  };
  const wait: Renter['wait'] = async (ms) => {
    for (let left = ms; left > 0; left -= MINUTE) {
      await clock.step(Math.min(MINUTE, left));
      sim.step();
    }
  };
  return {
    ...world,
    send,
    rent,
    truthOf,
    wait,
    get: (path, key) => send('GET', path, undefined, key),
    put: (path, body, key) => send('PUT', path, body, key),
    async rented(offerId, changes) {
      const { status, body } = await rent(offerId, changes);
      if (status !== 200 || body.new_contract === undefined)
        throw new Error(`${status}: ${JSON.stringify(body)}`);
      return body.new_contract;
    },
    async row(id) {
      const { body } = await send('GET', `/api/v0/instances/${id}/?owner=me`);
      return (body.instances as Json | null) ?? undefined;
    },
    log: (id) =>
      sim.truth
        .log()
        .filter((event) => event.noun === 'instance' && event.id === id)
        .map(({ what }) => what),
    async until(id, isSo) {
      for (let second = 0; second < 86_400; second += 1) {
        if (isSo(truthOf(id))) return;
        await clock.step(1_000);
      }
      throw new Error(`It never was so: ${JSON.stringify(truthOf(id))}`);
    },
    async anOffer(gpus = 1) {
      const offers = await world.search({
        num_gpus: { eq: gpus },
        rentable: { eq: true },
        disk_space: { gte: 40 },
        duration: { gte: 20 * 86_400 },
        min_bid: { lte: 20 },
        direct_port_count: { gte: 4 },
        order: [['dph_total', 'asc']],
        disable_bundling: true,
      });
      const bundled = new Set(
        sim.truth
          .slots()
          .filter(({ state }) => state === 'free')
          .map(slotKey),
      );
      const free = offers.find(({ machine_id, gpu_ids }) =>
        gpu_ids.every((gpuId) => bundled.has(slotKey({ machineId: machine_id, gpuId }))),
      );
      if (!free) throw new Error(`No free offer of ${gpus} GPUs among ${offers.length}`);
      return free as Offer & { readonly min_bid: number };
    },
  };
}

function slotKey({ machineId, gpuId }: { readonly machineId: number; readonly gpuId: number }): string {
  return `${machineId}/${gpuId}`;
}
