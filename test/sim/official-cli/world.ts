// The world in which the official client's requests are replayed: a renter with two running instances and a key, a host
// with two machines, two offers to rent. Ids of the recording stand for those of this world.
import { aSim, HOUR, type SimWorld } from '../a-sim.ts';

export interface Recorded {
  readonly command: string;
  /** The deprecated single-file client; the present one when left out. */
  readonly generation?: 'old';
  readonly method: string;
  readonly path: string;
  readonly times?: number;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly then?: readonly Omit<Recorded, 'command'>[];
}

export interface Reply {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: unknown;
}

export type Ids = Readonly<
  Record<
    'offer' | 'offer2' | 'instance' | 'instance2' | 'machine' | 'machine2' | 'volume' | 'ownVolume',
    number
  >
>;

export interface ReplayWorld extends SimWorld {
  readonly ids: Ids;
  /** As the renter, or as the host. */
  readonly send: (request: Omit<Recorded, 'command'>, who?: 'renter' | 'host') => Promise<Reply>;
}

/** Of the first volume that anybody makes. */
const FIRST_VOLUME_ID = 30_000_001;

export const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG me@x';

export async function aReplayWorld(): Promise<ReplayWorld> {
  const world = aSim({ offers: 600, credit: 1_000 });
  const { sim, clock } = world;
  const send: ReplayWorld['send'] = async ({ method, path, query, body }, who = 'renter') => {
    const url = new URL(path, 'https://console.vast.ai');
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const response = await sim.fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${who === 'host' ? sim.hostApiKey : sim.apiKey}`,
        'content-type': 'application/json',
      },
      // A body with a GET, which the client sends, arrives as none: fetch cannot send it.
      ...(body !== undefined && method !== 'GET' && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    return {
      status: response.status,
      contentType,
      body: contentType === 'application/json' ? JSON.parse(text) : text,
    };
  };
  const machines = (await send({ method: 'GET', path: '/api/v0/machines' }, 'host')).body as {
    readonly machines: readonly { readonly id: number }[];
  };
  const own = machines.machines.map(({ id }) => id);
  const free = await world.search({
    rentable: { eq: true },
    num_gpus: { eq: 1 },
    min_bid: { lt: 0.2 },
    machine_id: { notin: own },
    disk_space: { gte: 60 },
    avail_vol_size: { gte: 60 },
    order: [['dph_total', 'asc']],
  });
  const [first, second, third, fourth] = differentMachines(free);
  const rented: number[] = [];
  for (const offer of [first, second]) {
    const reply = await send({
      method: 'PUT',
      path: `/api/v0/asks/${offer}/`,
      body: {
        client_id: 'me',
        image: 'pytorch/pytorch:latest',
        disk: 20,
        runtype: 'ssh_direc ssh_proxy',
        price: 0.2,
      },
    });
    rented.push((reply.body as { readonly new_contract: number }).new_contract);
  }
  await clock.step(HOUR);
  const ids: Ids = {
    offer: third as number,
    offer2: fourth as number,
    instance: rented[0] as number,
    instance2: rented[1] as number,
    machine: own[0] as number,
    machine2: own[1] as number,
    // Of the machine that is rented.
    volume: free.find(({ id }) => id === third)?.avail_vol_ask_id as number,
    ownVolume: FIRST_VOLUME_ID,
  };
  return { ...world, ids, send };
}

function differentMachines(
  offers: readonly { readonly id: number; readonly machine_id: number }[],
): number[] {
  const seen = new Set<number>();
  return offers.flatMap(({ id, machine_id: machine }) => {
    if (seen.has(machine)) return [];
    seen.add(machine);
    return [id];
  });
}

/** The recorded request with this world's ids: `#offer` stands for a number, `{offer}` within a text. */
export function withIds<T>(recorded: T, ids: Ids): T {
  const swap = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (value.startsWith('#')) return ids[value.slice(1) as keyof Ids];
      return value.replaceAll(/\{(\w+)\}/g, (_, name: keyof Ids) => String(ids[name]));
    }
    if (Array.isArray(value)) return value.map(swap);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, swap(inner)]));
  };
  return swap(recorded) as T;
}
