// A small market with a host account, and the calls that the official client makes with a host's key.
import type { SimOptions } from '../../../src/sim/index.ts';
import type { MakeContainer } from '../../../src/sim/instances/index.ts';
import { aSim, type Offer, type SimWorld } from '../a-sim.ts';

export type MachineRow = Readonly<Record<string, unknown>> & {
  readonly id: number;
  readonly num_gpus: number;
  readonly listed: boolean;
  readonly gpu_occupancy: string;
  readonly listed_gpu_cost: number;
  readonly end_date: number | null;
};

export interface HostWorld extends SimWorld {
  /** A call with the host's key; the body is sent as JSON. */
  readonly asHost: (method: string, path: string, body?: unknown) => Promise<Response>;
  /** The same call's body, when it succeeds. */
  readonly hostJson: (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;
  readonly machines: () => Promise<MachineRow[]>;
  /** Its rows in an unbundled search by a renter, in order of their ids. */
  readonly offersOf: (machineId: number) => Promise<Offer[]>;
  /** What the truth log says of a machine, oldest first, but for what the market and the calendar do to it. */
  readonly noted: (machineId: number) => string[];
}

const UNASKED = ['offline', 'online', 'listing_ending', 'verification_failed'];

export function aHost(options: Partial<SimOptions> = {}, makeContainer?: MakeContainer): HostWorld {
  const world = aSim(options, makeContainer);
  const { sim } = world;
  const asHost: HostWorld['asHost'] = (method, path, body) =>
    world.call(path, {
      method,
      headers: { authorization: `Bearer ${sim.hostApiKey}` },
      ...(body !== undefined && method !== 'GET' && { body: JSON.stringify(body) }),
    });
  const hostJson: HostWorld['hostJson'] = async (method, path, body) => {
    const response = await asHost(method, path, body);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  return {
    ...world,
    asHost,
    hostJson,
    machines: async () => (await hostJson('GET', '/api/v0/machines?owner=me')).machines as MachineRow[],
    offersOf: async (machineId) => {
      const offers = await world.search({ machine_id: { eq: machineId }, disable_bundling: true });
      return offers.sort((a, b) => a.id - b.id);
    },
    noted: (machineId) =>
      sim.truth
        .log()
        .filter(({ noun, id }) => noun === 'machine' && id === machineId)
        .map(({ what }) => what)
        .filter((what) => !UNASKED.includes(what)),
  };
}

/** The first machine of 8 GPUs, or of another size. */
export async function machineOf(host: HostWorld, gpus = 8): Promise<MachineRow> {
  const machine = (await host.machines()).find(({ num_gpus: size }) => size === gpus);
  if (!machine) throw new Error(`The host has no machine of ${gpus} GPUs; take another seed`);
  return machine;
}

/** What the official client sends, all keys of it. */
export function askBody(machine: number, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    machine,
    price_gpu: null,
    price_disk: null,
    price_inetu: null,
    price_inetd: null,
    price_min_bid: null,
    min_chunk: null,
    end_date: null,
    credit_discount_max: null,
    duration: null,
    vol_size: null,
    vol_price: null,
    ...changes,
  };
}

export const CREATE_ASKS = '/api/v0/machines/create_asks/';
