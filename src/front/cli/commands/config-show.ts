// `vastdeck config show`: every setting, its value, where it came from. Secrets show only their last letters.
import { formatDuration } from '../../../base/std/index.ts';
import type { Config, Setting } from '../config.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import { SETTINGS, type SettingName } from '../settings.ts';
import { liveMarketDir, simulatedMarketDir } from '../store-place.ts';

export function configShow(context: Context, flags: Flags): void {
  const shown = shownSettings(context.config);
  const rows = SETTINGS.map(({ name }) => ({ name, ...shown[name] }));
  context.print(
    rows,
    [{ name: 'name' }, { name: 'value', isProse: true }, { name: 'source', isProse: true }],
    flags,
  );
}

function shownSettings(config: Config): Readonly<Record<SettingName, Setting<string | null>>> {
  const show = <T>({ value, source }: Setting<T>, textOf: (value: T) => string | null) => ({
    value: textOf(value),
    source,
  });
  const seconds = (ms: number) => String(ms / 1_000);
  return {
    VASTDECK_HOME: config.home,
    VAST_API_KEY: show(config.apiKey, (key) => key?.hint() ?? null),
    VAST_BASE_URL: show(config.baseUrl, withoutPassword),
    VW_DB: show(
      config.marketDir,
      (dir) => dir ?? `${liveMarketDir(config)} (simulated: ${simulatedMarketDir(config)})`,
    ),
    VASTDECK_DATABASE_URL: show(config.stateUrl, withoutPassword),
    VW_POLL_INTERVAL_SEC: show(config.pollIntervalMs, (ms) => `${seconds(ms)} (${formatDuration(ms)})`),
    VW_TIMEOUT_SEC: show(config.timeoutMs, seconds),
    VW_INCLUDE_UNVERIFIED: show(config.includeUnverified, (isIncluded) => (isIncluded ? '1' : '0')),
    VW_FILTER: show(config.filter, (filter) => filter || null),
    LOG_LEVEL: config.logLevel,
  };
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1:****@');
}
