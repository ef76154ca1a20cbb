// A small simulated market under a stepped clock, with the few calls that the tests make of it.
import { SteppedClock } from '../../src/base/std/index.ts';
import { createSim, type Sim, type SimOptions } from '../../src/sim/index.ts';
import type { MakeContainer } from '../../src/sim/instances/index.ts';

export type Offer = Readonly<Record<string, unknown>> & {
  readonly id: number;
  readonly machine_id: number;
  readonly gpu_name: string;
  readonly num_gpus: number;
  readonly dph_base: number;
  readonly dph_total: number;
  readonly rentable: boolean;
  readonly gpu_ids: readonly number[];
};

export interface SimWorld {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly call: (path: string, init?: RequestInit) => Promise<Response>;
  readonly post: (body: unknown) => Promise<Response>;
  /** The offers of a search that succeeds. */
  readonly search: (body?: Readonly<Record<string, unknown>>) => Promise<Offer[]>;
}

export const BASE = 'https://console.vast.ai';

export function aSim(options: Partial<SimOptions> = {}, makeContainer?: MakeContainer): SimWorld {
  const clock = (options.clock as SteppedClock | undefined) ?? new SteppedClock();
  const sim = createSim(
    {
      seed: 'tests',
      offers: 300,
      searchesPerMinute: Number.POSITIVE_INFINITY,
      intervalFactor: 0,
      ...options,
      clock,
    },
    makeContainer && { makeContainer },
  );
  const call: SimWorld['call'] = (path, init = {}) =>
    sim.fetch(BASE + path, {
      ...init,
      headers: { authorization: `Bearer ${sim.apiKey}`, ...(init.headers as Record<string, string>) },
    });
  const post: SimWorld['post'] = (body) =>
    call('/api/v0/bundles/', { method: 'POST', body: JSON.stringify(body) });
  return {
    sim,
    clock,
    call,
    post,
    async search(body = { disable_bundling: true }) {
      const response = await post(body);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
      return (JSON.parse(text) as { offers: Offer[] }).offers;
    },
  };
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
