// Where alerts go: the `notify` part of vastdeck.yaml below the home.
import type { NotifyOptions } from '../../net/notify/index.ts';
import type { Config } from './config.ts';
import { readVastdeckYaml } from './vastdeck-yaml/index.ts';

/** No file, or none of it, is nobody to tell. Throws a UsageError with all faults of the whole file. */
export function readNotifyOptions(config: Pick<Config, 'home' | 'secretNamed'>): NotifyOptions {
  return readVastdeckYaml(config).notify;
}
