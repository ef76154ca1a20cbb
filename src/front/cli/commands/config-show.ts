// `vastdeck config show`: every setting, its value, where it came from. Secrets show only their last letters.
import { formatDuration } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import { liveMarketDir, simulatedMarketDir } from '../store-place.ts';

export function configShow(context: Context, flags: Flags): void {
  const { config } = context;
  const rows = [
    { name: 'VASTDECK_HOME', value: config.home.value, source: config.home.source },
    { name: 'VAST_API_KEY', value: config.apiKey.value?.hint() ?? null, source: config.apiKey.source },
    { name: 'VAST_BASE_URL', value: config.baseUrl.value, source: config.baseUrl.source },
    {
      name: 'VW_DB',
      value: config.marketDir.value ?? `${liveMarketDir(config)} (simulated: ${simulatedMarketDir(config)})`,
      source: config.marketDir.source,
    },
    {
      name: 'VASTDECK_DATABASE_URL',
      value: config.stateUrl.value.replace(/:[^:@/]*@/, ':****@'),
      source: config.stateUrl.source,
    },
    {
      name: 'VW_POLL_INTERVAL_SEC',
      value: `${config.pollIntervalMs.value / 1_000} (${formatDuration(config.pollIntervalMs.value)})`,
      source: config.pollIntervalMs.source,
    },
    {
      name: 'VW_TIMEOUT_SEC',
      value: String(config.timeoutMs.value / 1_000),
      source: config.timeoutMs.source,
    },
    {
      name: 'VW_INCLUDE_UNVERIFIED',
      value: config.includeUnverified.value ? '1' : '0',
      source: config.includeUnverified.source,
    },
    { name: 'VW_FILTER', value: config.filter.value || null, source: config.filter.source },
    { name: 'LOG_LEVEL', value: config.logLevel.value, source: config.logLevel.source },
  ];
  context.print(
    rows,
    [{ name: 'name' }, { name: 'value', isProse: true }, { name: 'source', isProse: true }],
    flags,
  );
}
