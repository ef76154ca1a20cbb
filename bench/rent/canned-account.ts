// An account of many instances as the service would answer for it, from bytes that were made beforehand.
import { assert, SteppedClock } from '../../src/base/std/index.ts';
import { createSim } from '../../src/sim/index.ts';

const PAGE = 25;

/** Rows as the simulator writes them, under other ids. */
export async function rowsOf(count: number): Promise<readonly Record<string, unknown>[]> {
  const clock = new SteppedClock();
  const sim = createSim({ seed: 7, clock, offers: 500, intervalFactor: 0 });
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await sim.fetch(`https://console.vast.ai/api${path}`, {
      ...init,
      headers: { authorization: `Bearer ${sim.apiKey}` },
    });
    return (await response.json()) as Record<string, unknown>;
  };
  for (const offerId of sim.truth.listedOfferIds().slice(0, 60)) {
    const body = JSON.stringify({ image: 'pytorch/pytorch:latest', disk: 16, cancel_unavail: true });
    await call(`/v0/asks/${offerId}/`, { method: 'PUT', body });
    clock.jump(60_000);
  }
  await clock.step(1_200_000);
  const { instances } = (await call('/v1/instances/?limit=25')) as { instances: Record<string, unknown>[] };
  assert(instances.length >= 5, `${instances.length} instances were rented`);
  return Array.from({ length: count }, (_, index) => ({
    ...instances[index % instances.length],
    id: 1_000_000 + index,
    label: `worker-${index}`,
  }));
}

/** All pages as bytes; what changes with every poll differs by `round`. */
export function pagesAsBytes(rows: readonly Record<string, unknown>[], round: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, at) => {
    const from = at * PAGE;
    const page = rows.slice(from, from + PAGE).map((row, index) => ({
      ...row,
      uptime_mins: 600.5 + round * 0.5,
      gpu_util: (from + index + 7 * round) % 100,
    }));
    const body = {
      success: true,
      instances_found: page.length,
      total_instances: rows.length,
      label_counts: {},
      next_token: from + PAGE < rows.length ? String(at + 1) : null,
      instances: page,
    };
    return Buffer.from(JSON.stringify(body));
  });
}

export function pageAnswer(pages: readonly Buffer[], url: string): Response {
  const token = new URL(url).searchParams.get('after_token');
  const page = pages[token === null ? 0 : Number(token)];
  return new Response(page ? new Uint8Array(page) : null, {
    headers: { 'content-type': 'application/json' },
  });
}
