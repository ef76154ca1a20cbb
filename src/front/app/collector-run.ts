// What every collector thread does, whichever market it looks at: tells its owner of polls, log lines and blind
// times, stops when asked, and always closes the store.
import type { MessagePort } from 'node:worker_threads';
import { type Clock, createLog, type Log } from '../../base/std/index.ts';
import type { Collector } from '../../watch/collector/index.ts';
import type { CollectorMessage, CollectSettings, StopMessage } from './collector-messages.ts';

export interface ThreadSide {
  readonly log: Log;
  readonly signal: AbortSignal;
  send(message: CollectorMessage): void;
}

/** Runs `body` as the thread's whole life and reports how it ended. */
export async function runThread(
  port: MessagePort,
  settings: CollectSettings,
  clock: Clock,
  body: (side: ThreadSide) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  port.on('message', (message: StopMessage) => {
    if (message.kind === 'stop') controller.abort();
  });
  const send = (message: CollectorMessage) => port.postMessage(message);
  const log = createLog({
    clock,
    level: settings.logLevel,
    write: (line) => send({ kind: 'log', line: plainLine(line) }),
  });
  let error: { name: string; message: string } | undefined;
  try {
    await body({ log, signal: controller.signal, send });
  } catch (thrown) {
    const isOurStop = controller.signal.aborted && thrown === controller.signal.reason;
    if (!isOurStop) error = describe(thrown);
  }
  send({ kind: 'ended', error });
  port.close();
}

/** Passes a collector's events on. */
export function forwardEvents(collector: Collector, { send }: ThreadSide): void {
  collector.events.on('poll:stored', (report) => send({ kind: 'poll', report }));
  collector.events.on('collector:blind', ({ sinceMs, reason }) => send({ kind: 'blind', sinceMs, reason }));
  collector.events.on('collector:seeing', () => send({ kind: 'seeing' }));
}

function describe(thrown: unknown): { name: string; message: string } {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  return { name: thrown.name, message: thrown.message };
}

/** Errors inside a line's fields do not cross threads with their message; text does. */
function plainLine<Line extends { readonly fields: object }>(line: Line): Line {
  const fields = Object.entries(line.fields).map(([key, value]) => [
    key,
    value instanceof Error ? value.message : value,
  ]);
  return { ...line, fields: Object.fromEntries(fields) };
}
