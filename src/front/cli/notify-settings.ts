// Where alerts go: the `notify` part of vastdeck.yaml below the home.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type NotifyOptions, NotifyOptionsError, parseNotifyOptions } from '../../net/notify/index.ts';
import type { Config } from './config.ts';
import { UsageError } from './errors.ts';

/** No file, or none of it, is nobody to tell. Throws a UsageError with all faults. */
export function readNotifyOptions({ home }: Pick<Config, 'home'>): NotifyOptions {
  const path = join(home.value, 'vastdeck.yaml');
  const settings = readYaml(path);
  const notify = typeof settings === 'object' && settings !== null && 'notify' in settings && settings.notify;
  try {
    return parseNotifyOptions(notify || { channels: {} });
  } catch (error) {
    if (!(error instanceof NotifyOptionsError)) throw error;
    throw new UsageError(
      error.faults.map((fault) => `${path}: notify.${fault.path}: ${fault.message}`).join('\n'),
    );
  }
}

function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(
      `${path} cannot be read (${(error as Error).message}); mend its permissions, or move it away`,
    );
  }
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not YAML: ${(error as Error).message}`);
  }
}
