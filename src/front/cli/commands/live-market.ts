// A collector of the address that the settings name, started in its thread; `up` and `market collect` watch it.
import { parseOfferQuery } from '../../../net/vast/index.ts';
import { checkInterval, type MarketType } from '../../../watch/collector/index.ts';
import { type CollectorThread, type CollectSettings, startLiveCollector } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readInteger, readList, readNumber, readText } from '../flags.ts';
import { askAddress } from '../origin.ts';
import { liveMarketDir, storeToCollect } from '../store-place.ts';

export interface LiveMarket {
  readonly thread: CollectorThread;
  readonly dir: string;
  readonly intervalMs: number;
}

/** What whoever watches the collector's events says as well; all of it is logged with LOG_LEVEL=debug. */
const SAID_OTHERWISE = ['poll stored', 'collector sees again', 'api call failed, trying again'];

/** Throws a UsageError without a key, and what is wrong with interval, filter or address. */
export async function startLiveMarket(context: Context, flags: Flags): Promise<LiveMarket> {
  const { config } = context;
  const settings = collectSettings(context, flags, liveMarketDir(config));
  const key = config.apiKey.value;
  if (!key) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY; "vastdeck up" shows a simulated market without one.',
    );
  }
  const { origin, searchesPerMinute } = await askAddress(config.baseUrl.value, context);
  checkInterval({ intervalMs: settings.intervalMs, origin });
  const thread = startLiveCollector(
    {
      ...settings,
      origin,
      searchesPerMinute,
      baseUrl: config.baseUrl.value,
      stateUrl: config.stateUrl.value,
      apiKey: key.reveal(),
      timeoutMs: config.timeoutMs.value,
    },
    (line) => {
      const isSaid = config.logLevel.value !== 'debug' && SAID_OTHERWISE.includes(line.message);
      if (!isSaid) context.writeLog(line);
    },
  );
  return { thread, dir: settings.dir, intervalMs: settings.intervalMs };
}

/** Flags before settings; every fault is found here, before anything is started. */
export function collectSettings(context: Context, flags: Flags, fallbackDir: string): CollectSettings {
  const { config } = context;
  const { interval, polls } = flags;
  const filter = readText(flags.filter) ?? config.filter.value;
  if (filter) parseOfferQuery(filter, { defaults: 'none' });
  return {
    dir: storeToCollect(context, flags, fallbackDir),
    intervalMs:
      interval === undefined
        ? config.pollIntervalMs.value
        : readNumber('--interval', interval, { example: 360 }) * 1_000,
    filter,
    types: readTypes(flags.types),
    includeUnverified: config.includeUnverified.value,
    logLevel: config.logLevel.value,
    polls: polls === undefined ? undefined : readInteger('--polls', polls, { min: 1, example: 10 }),
  };
}

function readTypes(flag: unknown): MarketType[] {
  const names = flag === undefined ? ['on-demand', 'interruptible'] : readList(flag);
  const types = names.map((name) => {
    if (/^on-?demand$/.test(name)) return 'on-demand' as const;
    if (name === 'bid' || name === 'interruptible') return 'interruptible' as const;
    throw new UsageError(
      `--types "${name}" is not known; write on-demand, interruptible, or both with a comma`,
    );
  });
  if (types.length === 0)
    throw new UsageError('--types is empty; write on-demand, interruptible, or both with a comma');
  return [...new Set(types)];
}
