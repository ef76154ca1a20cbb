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
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { pageAnswer, pagesAsBytes, rowsOf } from './canned-account.ts';

const INSTANCES = 1_000;
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
