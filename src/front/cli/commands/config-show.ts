// `vastdeck config show`: every setting, its value, where it came from; of the environment and of vastdeck.yaml. Secrets
// show only their last letters, or nothing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration } from '../../../base/std/index.ts';
import type { Config, Setting } from '../config.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Row } from '../output/column.ts';
import { SETTINGS, type SettingName } from '../settings.ts';
import { liveMarketDir, simulatedMarketDir } from '../store-place.ts';
import { readVastdeckYaml, shownSettings } from '../vastdeck-yaml/index.ts';

export function configShow(context: Context, flags: Flags): void {
  const { config, terminal } = context;
  const shown = settingsOf(config);
  const rows: readonly Row[] = [
    ...SETTINGS.map(({ name }) => ({ name, ...shown[name] })),
    ...shownSettings(config),
  ];
  context.print(
    rows,
    [{ name: 'name' }, { name: 'value', isProse: true }, { name: 'source', isProse: true }],
    flags,
  );
  const beside = join(terminal.cwd, 'vastdeck.yaml');
  if (terminal.cwd !== config.home.value && existsSync(beside)) {
    terminal.err(
      `${beside} is not read: vastdeck.yaml counts in the home alone (${config.home.value}), so that a folder that you stand in does not decide who is told of your machines.\n`,
    );
  }
  // All its faults, after what could be shown of it.
  readVastdeckYaml(config);
}

function settingsOf(config: Config): Readonly<Record<SettingName, Setting<string | null>>> {
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
