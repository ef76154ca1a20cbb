// A simulated market collected in a thread: a new one, or the one that a store has been collecting.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freshSeed, HOUR_MS } from '../../../base/std/index.ts';
import { openMarketReader } from '../../../watch/history/index.ts';
import { startCollectorThread, threadEntry } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readDuration, readInteger, readText } from '../flags.ts';
import type { SimulatedSettings } from '../simulated-settings.ts';
import { simulatedMarketDir } from '../store-place.ts';
import { readWorld, type World } from '../world-file.ts';
import { collectSettings } from './live-market.ts';
import type { StartedMarket } from './started-market.ts';

/** Simulated time between the filled-in past and the present: at 360 times the wall's pace, 4 minutes. */
const PACED_MS = 24 * HOUR_MS;
/** A day of it, 240 polls of some 2 MB, is collected within 15 s on one core. */
const DEFAULT_OFFERS = 600;

export async function startSimulatedMarket(context: Context, flags: Flags): Promise<StartedMarket> {
  const { config } = context;
  const settings = collectSettings(context, flags, simulatedMarketDir(config));
  const world = await findWorld(context, settings.dir, flags);
  const thread = startCollectorThread({
    entry: threadEntry(import.meta.url, import.meta.url.endsWith('.ts') ? '../sim-worker' : 'sim-worker'),
    settings: {
      ...settings,
      // Polls of the filled-in past would write a line each.
      logLevel: settings.logLevel === 'info' ? 'warn' : settings.logLevel,
      seed: world.seed,
      offers: world.offers,
      backfillMs: readDuration('--backfill', readText(flags.backfill) ?? '1d'),
      paceMs: PACED_MS,
      worldStartMs: world.startMs,
    } satisfies SimulatedSettings,
    writeLog: context.writeLog,
  });
  const why = flags.simulate === true ? 'as asked' : 'there is no API key ("vastdeck login" stores one)';
  return {
    thread,
    dir: settings.dir,
    headline: `SIMULATED market, seed ${world.seed}: ${why}. Nothing here is real. q or Ctrl-C ends it.`,
    about: `Store: ${settings.dir}. ${world.startMs === undefined ? 'Filling in the past' : 'Going on where it ended'}…`,
  };
}

/** The world of a store that goes on; else a new one as the flags ask for it. */
async function findWorld(
  { clock, log }: Context,
  dir: string,
  flags: Flags,
): Promise<Omit<World, 'startMs'> & { readonly startMs: number | undefined }> {
  const asked = {
    seed: readText(flags.seed),
    offers:
      flags.offers === undefined
        ? undefined
        : readInteger('--offers', flags.offers, { min: 10, max: 50_000, example: DEFAULT_OFFERS }),
  };
  if (!existsSync(join(dir, 'store.json'))) {
    return { seed: asked.seed ?? freshSeed(), offers: asked.offers ?? DEFAULT_OFFERS, startMs: undefined };
  }
  await using reader = await openMarketReader({ dir, clock, log });
  // Whoever writes refuses another origin, and names both.
  if (reader.origin.kind !== 'simulated') {
    return { seed: asked.seed ?? freshSeed(), offers: asked.offers ?? DEFAULT_OFFERS, startMs: undefined };
  }
  const kept = readWorld(dir);
  const seed = asked.seed ?? reader.origin.seed;
  const offers = asked.offers ?? kept?.offers ?? DEFAULT_OFFERS;
  if (kept && offers !== kept.offers) {
    throw new UsageError(
      `${dir} holds a simulated market of ${kept.offers} offers, and it cannot go on as one of ${offers}; leave out --offers, or name another store with --store`,
    );
  }
  const [first] = await reader.rows('SELECT min(ts_ms) AS start_ms FROM polls');
  const start = first?.start_ms;
  return { seed, offers, startMs: kept?.startMs ?? (typeof start === 'number' ? start : undefined) };
}
