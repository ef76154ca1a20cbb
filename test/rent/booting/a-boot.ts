// A simulated market with twins inside its instances, a client, a store, and a rental that boots there.
import { onTestFinished } from 'vitest';
import { createRandom, Secret, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { openStore, type Store } from '../../../src/base/store/index.ts';
import { createVastClient, type Instance, type VastClient } from '../../../src/net/vast/index.ts';
import {
  type Booter,
  type BooterOptions,
  type BootStep,
  bootMigrations,
  createBooter,
} from '../../../src/rent/rental/booting/index.ts';
import { type Rental, rentalMigrations } from '../../../src/rent/rental/records/index.ts';
import { createSim, type Sim, type SimOptions, twinInside } from '../../../src/sim/index.ts';
import type { Program } from '../../../src/sim/twin/index.ts';

/** Of nobody. */
export const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDlQZm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2Fy test';

export interface BootWorld {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
  readonly client: VastClient;
  /** Rents the cheapest offer and returns the rental that boots. */
  readonly rent: (changes?: Partial<Rental>, image?: string) => Promise<Rental>;
  readonly booter: (changes?: Partial<BooterOptions>) => Booter;
  readonly instanceOf: (rental: Rental) => Promise<Instance>;
  /** Steps until the boot is over, or `until` says so; all steps. */
  readonly boot: (
    booter: Booter,
    rental: Rental,
    until?: (step: BootStep, steps: number) => boolean,
  ) => Promise<readonly BootStep[]>;
  /** Awaits what waits on the stepped clock. */
  readonly settle: <T>(work: Promise<T>) => Promise<T>;
  /** Requests that were sent, `METHOD /path`. */
  readonly sent: string[];
}

/** What nvidia-smi prints on a twin, for each GPU a line. */
export function smi(lines: readonly string[], code = 0): Readonly<Record<string, Program>> {
  return {
    'nvidia-smi': async (process) => {
      for (const line of lines) await process.print(line);
      return code;
    },
  };
}

export async function aBootWorld(
  options: Partial<SimOptions> = {},
  programs: (gpuName: string) => Readonly<Record<string, Program>> = (name) =>
    smi([`NVIDIA ${name}, 99000 MiB`]),
): Promise<BootWorld> {
  const clock = new SteppedClock();
  let gpuName = '';
  const sim = createSim(
    { seed: 'boots', clock, offers: 300, intervalFactor: 0, credit: 1_000, ...options },
    await twinInside({ clock, seed: 'boots', programs: () => programs(gpuName) }),
  );
  const store = await openStore({
    url: ':memory:',
    clock,
    log: silentLog,
    migrations: [...rentalMigrations, ...bootMigrations],
  });
  onTestFinished(async () => {
    await sim.close();
    await store.close();
  });
  const sent: string[] = [];
  const client = createVastClient({
    apiKey: new Secret(sim.apiKey),
    fetch: (input, init) => {
      const request = new Request(input, init);
      sent.push(`${request.method} ${new URL(request.url).pathname}`);
      return sim.fetch(request);
    },
    clock,
    random: createRandom('client'),
    log: silentLog,
  });
  const settle = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (;;) {
      await clock.untilIdle();
      if (isDone) return await done;
      await clock.step(500);
    }
  };
  const instanceOf: BootWorld['instanceOf'] = async ({ instanceId }) => {
    const found = await settle(client.instances.get(instanceId as number));
    if (!found) throw new Error(`There is no instance ${instanceId}`);
    return found;
  };
  const call = async (method: string, path: string, body: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    sim,
    clock,
    store,
    client,
    settle,
    sent,
    booter: (changes = {}) =>
      createBooter({
        client,
        connect: ({ id }) => sim.shell(id),
        store,
        clock,
        log: silentLog,
        ...changes,
      }),
    async rent(changes = {}, image = 'pytorch/pytorch:latest') {
      const { offers } = await call('POST', '/bundles/', {
        rentable: { eq: true },
        num_gpus: { eq: 1 },
        inet_down: { gte: 300 },
        duration: { gte: 5 * 86_400 },
        order: [['dph_total', 'asc']],
        limit: 1,
      });
      const [offer] = offers as { id: number; gpu_name: string; gpu_ram: number; machine_id: number }[];
      if (!offer) throw new Error('The market has no such offer');
      gpuName = offer.gpu_name;
      const { new_contract: id } = await call('PUT', `/asks/${offer.id}/`, {
        image,
        disk: 20,
        runtype: 'ssh_direc ssh_proxy',
      });
      return aRental({
        instanceId: id as number,
        bootingAtMs: clock.now(),
        createdAtMs: clock.now(),
        terms: { ...TERMS, offerId: offer.id, gpuName, gpuRamMb: offer.gpu_ram },
        ...changes,
      });
    },
    instanceOf,
    async boot(booter, rental, until = () => false) {
      const steps: BootStep[] = [];
      for (;;) {
        const instance = await instanceOf(rental);
        const step = await settle(booter.step(rental, instance));
        steps.push(step);
        if (step.kind !== 'waiting' || until(step, steps.length)) return steps;
        await clock.step(Math.max(0, step.nextAtMs - clock.now()));
      }
    },
  };
}

const TERMS = {
  offerId: 1,
  rentalType: 'on-demand',
  bidPerHour: null,
  gpuName: 'RTX 4090',
  gpuCount: 1,
  gpuRamMb: 24_564,
  pricePerHour: 0.4,
  diskPricePerHour: 0.01,
  uploadPricePerGb: 0,
  downloadPricePerGb: 0,
  downloadMbps: 500,
  contractEndsAtMs: null,
  geolocation: null,
} as const;

export function aRental(changes: Partial<Rental> = {}): Rental {
  const base = {
    id: 'rental_000000000000000001',
    install: 'install0',
    account: 'main',
    kind: 'box',
    need: 'test',
    name: 'test',
    status: 'booting',
    reason: '',
    sinceMs: 0,
    version: 1,
    attempt: 1,
    launch: {
      image: 'pytorch/pytorch:latest',
      diskGb: 20,
      env: { HF_TOKEN: 'very-secret-value' },
      ports: [],
      withJupyter: false,
      sshPublicKey: PUBLIC_KEY,
      scopes: {},
    },
    terms: TERMS,
    instanceId: undefined,
    createdAtMs: 0,
    bootingAtMs: 0,
  };
  return { ...base, ...changes } as unknown as Rental;
}
