// Twenty instances and a controller that asks for all of them every 30 s of simulated time, reads what it gets, and
// starts again what has stopped: how many instance-hours pass in a second.
import { SteppedClock, systemClock } from '../../src/base/std/index.ts';
import { createSim } from '../../src/sim/index.ts';
import type { Report } from '../lines.ts';
import { median } from '../statistics.ts';

const INSTANCES = 20;
const POLL_MS = 30_000;
const HOURS = 12;
const BASE = 'https://console.vast.ai/api';
const LIST = `${BASE}/v1/instances/?select_filters=%7B%7D&order_by=%5B%7B%22col%22%3A%20%22id%22%2C%20%22dir%22%3A%20%22asc%22%7D%5D&limit=25`;

interface Row {
  readonly id: number;
  readonly actual_status: string | null;
  readonly intended_status: string;
}

export async function measureInstances(report: Report): Promise<void> {
  await measure(report, 10_000, 'in a market of 10,000 offers', 1_000);
  await measure(report, 500, 'in a market of 500 offers', null);
}

async function measure(
  report: Report,
  offers: number,
  where: string,
  budgetMs: number | null,
): Promise<void> {
  const stopwatch = systemClock();
  const clock = new SteppedClock();
  const sim = createSim({
    seed: 7,
    clock,
    offers,
    credit: 100_000,
    searchesPerMinute: Number.POSITIVE_INFINITY,
    intervalFactor: 0,
  });
  const call = async (method: string, url: string, body?: unknown): Promise<unknown> => {
    const response = await sim.fetch(url, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return JSON.parse(Buffer.from(await response.arrayBuffer()).toString('latin1')) as unknown;
  };
  const search = { rentable: { eq: true }, disk_space: { gte: 20 }, duration: { gte: 172_800 }, limit: 60 };
  const found = (await call('POST', `${BASE}/v0/bundles/`, search)) as {
    readonly offers: readonly { readonly id: number }[];
  };
  let rented = 0;
  for (const { id } of found.offers) {
    if (rented === INSTANCES) break;
    const answer = (await call('PUT', `${BASE}/v0/asks/${id}/`, {
      image: 'pytorch/pytorch:latest',
      disk: 16,
      cancel_unavail: true,
    })) as { readonly success: boolean };
    if (answer.success) rented += 1;
  }
  const polls: number[] = [];
  let runningPolls = 0;
  const begun = stopwatch.monotonic();
  for (let poll = 0; poll < (HOURS * 3_600_000) / POLL_MS; poll += 1) {
    await clock.step(POLL_MS);
    const asked = stopwatch.monotonic();
    const { instances } = (await call('GET', LIST)) as { readonly instances: readonly Row[] };
    polls.push(stopwatch.monotonic() - asked);
    for (const { id, actual_status: actual, intended_status: intended } of instances) {
      if (actual === 'running') runningPolls += 1;
      else if (intended === 'stopped') await call('PUT', `${BASE}/v0/instances/${id}/`, { state: 'running' });
    }
  }
  const tookMs = stopwatch.monotonic() - begun;
  const instanceHours = rented * HOURS;
  const name = `simulator: 100 instance-hours, polled every 30 s, ${where}`;
  report(name, (tookMs / instanceHours) * 100, 'ms', budgetMs);
  report(`simulator: a poll of ${rented} instances, median, ${where}`, median(polls), 'ms');
  report(`simulator: of them running, ${where}`, (100 * runningPolls) / (polls.length * rented), '%');
}
