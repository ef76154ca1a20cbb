// Starts the collector of a real address in its thread.
import type { LogLine } from '../../base/std/index.ts';
import type { LiveSettings } from './collector-messages.ts';
import { type CollectorThread, startCollectorThread, threadEntry } from './collector-thread.ts';

export function startLiveCollector(
  settings: LiveSettings,
  writeLog: (line: LogLine) => void,
): CollectorThread {
  return startCollectorThread({
    entry: threadEntry(import.meta.url, 'collector-worker'),
    settings,
    writeLog,
  });
}
