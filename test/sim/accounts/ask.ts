// Raw requests with some account's key, as the official client sends them.
import type { Sim } from '../../../src/sim/index.ts';
import { BASE } from '../a-sim.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  /** Arrays are read as they are. */
  readonly body: Body;
}

export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** The client sends a JSON body with everything but GET. */
export function asking(sim: Sim, key = sim.apiKey): Ask {
  return async (method, path, body = {}) => {
    const response = await sim.fetch(BASE + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
}

/** The path with its query, objects as JSON. */
export function withQuery(path: string, query: Body): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) params.set(name, text(value));
  return `${path}?${params.toString()}`;
}
