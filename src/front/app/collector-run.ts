// What every collector thread does, whichever market it looks at: tells its owner of polls, log lines and blind
// times, stops when asked, and always closes the store.
import type { MessagePort } from 'node:worker_threads';
import { type Clock, createLog, type Log } from '../../base/std/index.ts';
import type { Collector } from '../../watch/collector/index.ts';
import type { CollectorMessage, CollectSettings, PlainError, StopMessage } from './collector-messages.ts';

/** Slices come several a second where nothing limits them. */
const PROGRESS_EVERY_MS = 500;

export interface ThreadSide {
  readonly log: Log;
  /** The wall's. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly send: (message: CollectorMessage) => void;
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
  let error: PlainError | undefined;
  try {
    await body({ log, clock, signal: controller.signal, send });
  } catch (thrown) {
    const isOurStop = controller.signal.aborted && thrown === controller.signal.reason;
    if (!isOurStop) error = describe(thrown);
  }
  send({ kind: 'ended', error });
  port.close();
}

/** Passes a collector's events on. */
export function forwardEvents(collector: Collector, side: ThreadSide): void {
  const { events } = collector;
  const { send } = side;
  forwardProgress(collector, side);
  events.on('poll:stored', (report) => send({ kind: 'poll', report }));
  events.on('collector:blind', (blindness) => send({ kind: 'blind', ...blindness }));
  events.on('poll:unseen', (blindness) => send({ kind: 'unseen', ...blindness }));
  events.on('collector:seeing', () => send({ kind: 'seeing' }));
}

function forwardProgress(collector: Collector, { send, clock }: ThreadSide): void {
  let sums = { sinceMs: 0, rows: 0, bytes: 0 };
  let isDue = false;
  const tell = () => {
    isDue = false;
    const status = collector.status();
    // The sweep that was to be told about may have ended meanwhile.
    if (status.state !== 'sweeping' || status.sinceMs !== sums.sinceMs) return;
    send({ kind: 'progress', progress: { ...sums, searches: status.searches } });
  };
  collector.events.on('slice:done', ({ rows, bytes }) => {
    const status = collector.status();
    if (status.state !== 'sweeping') return;
    const { sinceMs } = status;
    if (sinceMs !== sums.sinceMs) sums = { sinceMs, rows: 0, bytes: 0 };
    sums = { sinceMs, rows: sums.rows + rows, bytes: sums.bytes + bytes };
    if (isDue) return;
    isDue = true;
    clock.setTimer(PROGRESS_EVERY_MS, tell);
  });
}

function describe(thrown: unknown): PlainError {
  // Closing the store failed as well, for the same reason: the first error is the one to tell.
  if (thrown instanceof SuppressedError) return describe(thrown.suppressed);
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), facts: {} };
  const facts = FACTS.flatMap((key) => {
    const value = (thrown as Error & Record<string, unknown>)[key];
    return typeof value === 'string' || typeof value === 'number' ? [[key, value] as const] : [];
  });
  return { name: thrown.name, message: thrown.message, facts: Object.fromEntries(facts) };
}

const FACTS = ['code', 'errcode', 'syscall', 'path'] as const;

/** Errors inside a line's fields do not cross threads with their message; text does. */
function plainLine<Line extends { readonly fields: object }>(line: Line): Line {
  const fields = Object.entries(line.fields).map(([key, value]) => [
    key,
    value instanceof Error ? value.message : value,
  ]);
  return { ...line, fields: Object.fromEntries(fields) };
}
