// `vastdeck up`: collects the market in a thread and keeps its occupancy on the screen. Without a key the market
// is simulated: a day of it is filled in within seconds, then it goes on at a pace that can be watched.
import { existsSync } from 'node:fs';
import { freshSeed, parseDuration } from '../../../base/std/index.ts';
import { checkInterval } from '../../../watch/collector/index.ts';
import { openMarketReader } from '../../../watch/history/index.ts';
import {
  type CollectorThread,
  startCollectorThread,
  startLiveCollector,
  threadEntry,
} from '../../app/index.ts';
import type { Context } from '../context.ts';
import { type Flags, readInteger, readText } from '../flags.ts';
import { originOf } from '../origin.ts';
import { marketScreen } from '../output/market-screen.ts';
import type { SimulatedSettings } from '../simulated-settings.ts';
import { liveMarketDir, simulatedMarketDir } from '../store-place.ts';
import { collectSettings } from './market-collect.ts';

/** Simulated time between the filled-in past and the present: at 360 times the wall's pace, 4 minutes. */
const PACED_MS = 24 * 3_600_000;

export async function up(context: Context, flags: Flags): Promise<void> {
  const { terminal, config } = context;
  const isLive = config.apiKey.value !== undefined && flags.simulate !== true;
  const started = isLive ? await startLive(context, flags) : await startSimulated(context, flags);
  const { thread, dir } = started;
  const screen = marketScreen(context, { dir, headline: started.headline });
  thread.events.on('poll:stored', (report) => screen.pollStored(report));
  thread.events.on('collector:blind', ({ sinceMs, reason }) => screen.blind(sinceMs, reason));
  thread.events.on('collector:seeing', () => screen.seeing());
  thread.events.on('collector:caught-up', () => screen.caughtUp());
  terminal.interrupted.addEventListener('abort', () => void thread.stop().catch(() => {}), { once: true });
  try {
    await thread.done;
  } finally {
    await screen.end();
  }
}

interface Started {
  readonly thread: CollectorThread;
  readonly dir: string;
  readonly headline: string;
}

async function startLive(context: Context, flags: Flags): Promise<Started> {
  const { config } = context;
  const settings = collectSettings(context, flags, liveMarketDir(config));
  const origin = await originOf(config.baseUrl.value);
  checkInterval({ intervalMs: settings.intervalMs, origin });
  const thread = startLiveCollector(
    {
      ...settings,
      origin,
      baseUrl: config.baseUrl.value,
      stateUrl: config.stateUrl.value,
      apiKey: config.apiKey.value?.reveal(),
      timeoutMs: config.timeoutMs.value,
    },
    context.writeLog,
  );
  const headline = `Collecting ${config.baseUrl.value} into ${settings.dir}. Ctrl-C ends it; nothing is rented.`;
  context.terminal.err(`${headline}\n`);
  return { thread, dir: settings.dir, headline };
}

async function startSimulated(context: Context, flags: Flags): Promise<Started> {
  const { terminal, config } = context;
  const settings = collectSettings(context, flags, simulatedMarketDir(config));
  const past = await simulatedPast(context, settings.dir);
  const seed = past?.seed ?? readText(flags.seed) ?? freshSeed();
  const thread = startCollectorThread({
    entry: threadEntry(import.meta.url, import.meta.url.endsWith('.ts') ? '../sim-worker' : 'sim-worker'),
    settings: {
      ...settings,
      // Polls of the filled-in past would write a line each.
      logLevel: settings.logLevel === 'info' ? 'warn' : settings.logLevel,
      seed,
      offers: readInteger('--offers', flags.offers, { min: 10, max: 50_000 }),
      backfillMs: parseDuration(readText(flags.backfill) ?? '1d'),
      paceMs: PACED_MS,
      worldStartMs: past?.worldStartMs,
    } satisfies SimulatedSettings,
    writeLog: context.writeLog,
  });
  const why = flags.simulate === true ? 'as asked' : 'there is no API key ("vastdeck login" stores one)';
  const headline = `SIMULATED market, seed ${seed}: ${why}. Nothing here is real. Ctrl-C ends it.`;
  terminal.err(
    `${headline}\nStore: ${settings.dir}. ${past ? 'Going on where it ended' : 'Filling in the past'}…\n`,
  );
  return { thread, dir: settings.dir, headline };
}

/** A store that goes on keeps its seed and the beginning of its world. */
async function simulatedPast(
  { clock, log }: Context,
  dir: string,
): Promise<{ readonly seed: string; readonly worldStartMs: number | undefined } | undefined> {
  if (!existsSync(`${dir}/store.json`)) return undefined;
  await using reader = await openMarketReader({ dir, clock, log });
  if (reader.origin.kind !== 'simulated') return undefined;
  const [first] = await reader.rows('SELECT min(ts_ms) AS start_ms FROM polls');
  const start = first?.start_ms;
  return { seed: reader.origin.seed, worldStartMs: typeof start === 'number' ? start : undefined };
}
