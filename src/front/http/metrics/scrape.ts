// What Prometheus is told. A source that cannot be read leaves its series out and says so: nothing is told twice as if it
// were new.
import { cpuUsage, memoryUsage } from 'node:process';
import { usd } from '../../../base/std/index.ts';
import { readPs } from '../../../rent/rental/index.ts';
import type { HttpDeps } from '../deps.ts';
import { beginScrape, type Scrape } from './gauges.ts';

const SOURCES = {
  daemon: tellDaemon,
  account: tellAccount,
  ledger: tellLedger,
  jobs: tellJobs,
  runs: tellRuns,
  market: tellMarket,
} as const;

export async function scrape(
  deps: HttpDeps,
): Promise<{ readonly text: string; readonly contentType: string }> {
  const { clock, log } = deps;
  const begunMs = clock.monotonic();
  const figures = beginScrape();
  const complete: { value: number; labels: { source: string } }[] = [];
  for (const [source, tell] of Object.entries(SOURCES)) {
    let value = 1;
    try {
      await tell(figures, deps);
    } catch (error) {
      value = 0;
      log.warn('a source of the metrics could not be read', { source, error });
    }
    complete.push({ value, labels: { source } });
  }
  figures.gauge(
    'vastdeck_scrape_source_complete',
    'Whether all series of this source are in this scrape',
    complete,
  );
  figures.gauge('vastdeck_scrape_duration_seconds', 'What this scrape took', [
    { value: (clock.monotonic() - begunMs) / 1_000 },
  ]);
  return { text: await figures.text(), contentType: figures.contentType };
}

function tellDaemon(figures: Scrape, { parts, version, startedAtMs, hub }: HttpDeps): void {
  const { user, system } = cpuUsage();
  const health = parts().filter(({ status }) => status !== 'off');
  const each = (read: (part: (typeof health)[number]) => number | null) =>
    health.map((part) => ({ value: read(part), labels: { part: part.name } }));
  figures.gauge('vastdeck_info', 'Always 1; the version is a label', [{ value: 1, labels: { version } }]);
  figures.gauge('vastdeck_start_time_seconds', 'When the daemon was started', [
    { value: startedAtMs / 1_000 },
  ]);
  figures.gauge('process_resident_memory_bytes', 'Memory of the daemon', [{ value: memoryUsage.rss() }]);
  figures.counter('process_cpu_seconds_total', 'Time of a processor that the daemon has used', [
    { value: (user + system) / 1e6 },
  ]);
  figures.gauge(
    'vastdeck_part_up',
    'Whether a part of the daemon works',
    each(({ status }) => (status === 'running' ? 1 : 0)),
  );
  figures.gauge(
    'vastdeck_part_last_success_timestamp_seconds',
    'When a part of the daemon last said that it works',
    each(({ lastGoodAtMs }) => (lastGoodAtMs === null ? null : lastGoodAtMs / 1_000)),
  );
  figures.counter(
    'vastdeck_part_restarts_total',
    'How often a part of the daemon has died',
    each(({ restarts }) => restarts),
  );
  figures.gauge('vastdeck_event_readers', 'Who reads the stream of events', [{ value: hub.readers() }]);
  figures.counter('vastdeck_event_readers_cut_off_total', 'Readers of events that took nothing', [
    { value: hub.cutOff() },
  ]);
}

async function tellAccount(figures: Scrape, deps: HttpDeps): Promise<void> {
  const { store, ledger, clock, records } = deps;
  const account = deps.account();
  if (account === undefined) throw new Error('the account is not known yet');
  const nowMs = clock.now();
  const { rows, foot } = await readPs({ store, account, install: deps.install(), ledger, nowMs });
  const { viewAgeMs } = foot;
  figures.gauge(
    'vastdeck_account_listing_timestamp_seconds',
    'When the last complete listing of the account was begun',
    [{ value: viewAgeMs === null ? null : (nowMs - viewAgeMs) / 1_000 }],
  );
  figures.gauge('vastdeck_account_listing_complete', 'Whether the last listing was complete', [
    { value: foot.isViewComplete ? 1 : 0 },
  ]);
  figures.gauge('vastdeck_burn_dollars_per_hour', 'What all instances of a known price cost an hour', [
    { value: foot.burnPerHour },
  ]);
  figures.gauge('vastdeck_unpriced_instances', 'Instances whose price is not known', [
    { value: foot.unpriced },
  ]);
  figures.gauge('vastdeck_spent_today_dollars', 'Spent since midnight by our own ledger', [
    { value: foot.spentTodayUsd },
  ]);
  figures.gauge('vastdeck_credit_dollars', 'Credit of the account as it was last told', [
    { value: foot.creditUsd },
  ]);
  figures.gauge(
    'vastdeck_instances',
    'Instances of the account',
    counted(rows, ({ state, isOurs }) => ({ state, ours: String(isOurs) })),
  );
  figures.gauge(
    'vastdeck_instance_dollars_per_hour',
    'What an instance costs an hour',
    rows.flatMap(({ id, name, gpu, usdPerHour }) =>
      id === null ? [] : [{ value: usdPerHour, labels: { instance: String(id), name, gpu: gpu ?? '' } }],
    ),
  );
  const live = await records.list({ account, isLive: true });
  figures.gauge(
    'vastdeck_rentals',
    'Our rentals that are not over',
    counted(live, ({ status }) => ({ status })),
  );
}

async function tellLedger(figures: Scrape, { ledger }: HttpDeps): Promise<void> {
  const halt = await ledger.haltState();
  figures.gauge('vastdeck_halted', 'Whether all spending is forbidden', [
    { value: halt.kind === 'halted' ? 1 : 0 },
  ]);
  const caps = (await ledger.budget()).map((cap) => ({
    cap,
    labels: { scope: cap.scope, of: cap.scope === 'total' ? '' : cap.value, window: cap.window },
  }));
  figures.gauge(
    'vastdeck_cap_dollars',
    'A cap on spending',
    caps.map(({ cap, labels }) => ({ value: usd(cap.limit), labels })),
  );
  figures.gauge(
    'vastdeck_cap_left_dollars',
    'What is left below a cap, with all that is set aside taken away',
    caps.map(({ cap, labels }) => ({ value: usd(cap.left), labels })),
  );
}

async function tellJobs(figures: Scrape, deps: HttpDeps): Promise<void> {
  if (!deps.jobs) return;
  const account = deps.account();
  const live = await deps.jobRecords.list({ isLive: true, ...(account !== undefined && { account }) });
  figures.gauge(
    'vastdeck_jobs',
    'Jobs that are not over',
    counted(live, ({ status }) => ({ status })),
  );
  figures.gauge(
    'vastdeck_job_spent_dollars',
    'Spent for a job that is not over, in all its attempts',
    live.map(({ id, name, spent }) => ({ value: usd(spent), labels: { job: id, name } })),
  );
}

async function tellRuns(figures: Scrape, { monitor }: HttpDeps): Promise<void> {
  const runs = (await monitor?.())?.view().runs ?? [];
  const each = (read: (run: (typeof runs)[number]) => number | null) =>
    runs.map((run) => ({ value: read(run), labels: { run: run.key, name: run.name } }));
  figures.gauge(
    'vastdeck_run_sampled_timestamp_seconds',
    'When the machine of a run was sampled last',
    each(({ sampledAtMs }) => (sampledAtMs === null ? null : sampledAtMs / 1_000)),
  );
  figures.gauge(
    'vastdeck_run_gpu_utilization_ratio',
    'Mean of the GPUs of a run',
    each(({ gpuPercent }) => (gpuPercent === null ? null : gpuPercent / 100)),
  );
  figures.gauge(
    'vastdeck_run_progress_ratio',
    'How far a run is',
    each(({ progress }) => progress),
  );
  figures.gauge(
    'vastdeck_run_loss',
    'The newest loss of a run',
    each(({ loss }) => loss),
  );
  figures.gauge(
    'vastdeck_run_step',
    'The newest step of a run',
    each(({ step }) => step),
  );
  figures.gauge(
    'vastdeck_run_healthy',
    'Whether a run is as it should be: 1 green, 0.5 yellow, 0 red',
    each(({ health }) => ({ green: 1, yellow: 0.5, red: 0 })[health.colour]),
  );
}

async function tellMarket(figures: Scrape, { latestPoll }: HttpDeps): Promise<void> {
  const newest = latestPoll();
  if (!newest) return;
  figures.gauge('vastdeck_market_poll_timestamp_seconds', 'When the newest poll of the market was taken', [
    { value: newest.tsMs / 1_000 },
  ]);
  figures.gauge('vastdeck_market_poll_offers', 'Offers in the newest poll', [{ value: newest.rows }]);
  figures.gauge('vastdeck_market_poll_complete', 'Whether the newest poll is whole', [
    { value: newest.complete ? 1 : 0 },
  ]);
}

function counted<T, L extends Record<string, string>>(
  items: readonly T[],
  labelsOf: (item: T) => L,
): readonly { readonly value: number; readonly labels: L }[] {
  const counts = new Map<string, { value: number; labels: L }>();
  for (const item of items) {
    const labels = labelsOf(item);
    const key = JSON.stringify(labels);
    counts.set(key, { value: (counts.get(key)?.value ?? 0) + 1, labels });
  }
  return Array.from(counts.values());
}
