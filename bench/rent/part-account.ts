// The account watcher with 1,000 instances: what one listing costs from its bytes to the store, and that it goes at the
// service's pace of 25 rows a second.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assert,
  createRandom,
  Secret,
  SteppedClock,
  silentLog,
  systemClock,
} from '../../src/base/std/index.ts';
import { openStore } from '../../src/base/store/index.ts';
import { createVastClient, type Pace } from '../../src/net/vast/index.ts';
import { rentMigrations } from '../../src/rent/rental/index.ts';
import { createAccountWatcher } from '../../src/rent/rental/watcher/index.ts';
import { createSim } from '../../src/sim/index.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';

const INSTANCES = 1_000;
const PAGE = 25;
const RUNS = 21;

export async function measureAccount(report: Report): Promise<void> {
  const stopwatch = systemClock();
  const rows = await rowsOf(INSTANCES);
  let pages = pagesAsBytes(rows, 0);
  const folder = mkdtempSync(join(tmpdir(), 'vd-bench-account-'));
  try {
    const clock = new SteppedClock();
    await using store = await openStore({
      url: join(folder, 'state.db'),
      clock,
      log: silentLog,
      migrations: rentMigrations,
    });
    const watcherAt = (pace: Pace) =>
      createAccountWatcher({
        account: 'bench',
        client: createVastClient({
          apiKey: new Secret('bench'),
          fetch: async (request) => pageAnswer(pages, new Request(request).url),
          clock,
          random: createRandom('bench'),
          log: silentLog,
          pace,
        }),
        store,
        clock,
        random: createRandom('bench'),
        log: silentLog,
      });
    const unpaced = watcherAt('learned');
    const cpu: number[] = [];
    const wall: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await clock.step(30_000);
      pages = pagesAsBytes(rows, run);
      const before = process.cpuUsage();
      const startMs = stopwatch.monotonic();
      const view = await unpaced.refresh();
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1_000);
      wall.push(stopwatch.monotonic() - startMs);
      assert(view.complete && view.instances.length === INSTANCES, view.reason);
    }
    report('list 1,000 instances, bytes to store, CPU: median', median(cpu), 'ms', 50);
    report('list 1,000 instances, bytes to store, CPU: p90', quantile(cpu, 0.9), 'ms');
    report('list 1,000 instances, bytes to store: median', median(wall), 'ms');

    await clock.step(1);
    const paced = watcherAt('published');
    const startedMs = clock.now();
    const listing = paced.refresh();
    let isDone = false;
    void listing.finally(() => {
      isDone = true;
    });
    await clock.untilIdle();
    while (!isDone && (await clock.stepToNext())) await clock.untilIdle();
    assert((await listing).complete, 'the paced listing is complete');
    report(
      'list 1,000 instances at the published pace, simulated',
      (clock.now() - startedMs) / 1_000,
      's',
      40,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows as the simulator writes them, under other ids. */
async function rowsOf(count: number): Promise<readonly Record<string, unknown>[]> {
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
function pagesAsBytes(rows: readonly Record<string, unknown>[], round: number): readonly Buffer[] {
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

function pageAnswer(pages: readonly Buffer[], url: string): Response {
  const token = new URL(url).searchParams.get('after_token');
  const page = pages[token === null ? 0 : Number(token)];
  return new Response(page ? new Uint8Array(page) : null, {
    headers: { 'content-type': 'application/json' },
  });
}
