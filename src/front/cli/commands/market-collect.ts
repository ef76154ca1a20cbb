// `vastdeck market collect`: one collector on one store, in the foreground.

import { checkInterval, type MarketType } from '../../../watch/collector/index.ts';
import { startLiveCollector } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readInteger, readList, readNumber, readText } from '../flags.ts';
import { originOf } from '../origin.ts';
import { describePoll } from '../output/poll-line.ts';
import { liveMarketDir, storeToWrite } from '../store-place.ts';

export async function marketCollect(context: Context, flags: Flags): Promise<void> {
  const { terminal, config } = context;
  const settings = collectSettings(context, flags, liveMarketDir(config));
  const key = config.apiKey.value;
  if (!key) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY; "vastdeck up" shows a simulated market without one.',
    );
  }
  const origin = await originOf(config.baseUrl.value);
  checkInterval({ intervalMs: settings.intervalMs, origin });
  const thread = startLiveCollector(
    {
      ...settings,
      origin,
      baseUrl: config.baseUrl.value,
      stateUrl: config.stateUrl.value,
      apiKey: key.reveal(),
      timeoutMs: config.timeoutMs.value,
    },
    context.writeLog,
  );
  thread.events.on('poll:stored', (report) => terminal.err(`${describePoll(report)}\n`));
  terminal.interrupted.addEventListener('abort', () => void thread.stop(), { once: true });
  await thread.done;
}

export function collectSettings(context: Context, flags: Flags, fallbackDir: string) {
  const { config } = context;
  const interval = flags.interval;
  const polls = flags.polls;
  return {
    dir: storeToWrite(context, flags, fallbackDir),
    intervalMs:
      interval === undefined
        ? config.pollIntervalMs.value
        : readNumber('--interval', interval, { min: 0 }) * 1_000,
    filter: readText(flags.filter) ?? config.filter.value,
    types: readTypes(flags.types),
    includeUnverified: config.includeUnverified.value,
    logLevel: config.logLevel.value,
    polls: polls === undefined ? undefined : readInteger('--polls', polls, { min: 1 }),
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
