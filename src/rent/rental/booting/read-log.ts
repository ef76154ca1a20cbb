// The last lines of an instance's logs, as far as the service gives them in time. A log that cannot be had is no
// reason to stop.
import type { Clock, Log } from '../../../base/std/index.ts';
import type { VastClient } from '../../../net/vast/index.ts';
import type { Redact } from './redact.ts';

export interface LogReader {
  readonly client: Pick<VastClient, 'instances'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LogWanted {
  readonly instanceId: number;
  readonly which: 'daemon' | 'container';
  readonly lines: number;
  readonly timeoutMs: number;
  readonly redact: Redact;
  readonly signal?: AbortSignal | undefined;
}

const LINE_CHARS = 500;

/** Redacted, each cut to 500 characters; undefined when the log cannot be had. Rejects with the signal's reason. */
export async function readLog(
  { client, clock, log }: LogReader,
  { instanceId, which, lines, timeoutMs, redact, signal }: LogWanted,
): Promise<readonly string[] | undefined> {
  const patience = new AbortController();
  const timer = clock.setTimer(timeoutMs, () =>
    patience.abort(new Error(`The ${which} log of instance ${instanceId} did not come in ${timeoutMs} ms`)),
  );
  try {
    const text = await client.instances.logs(
      instanceId,
      { tail: lines, isDaemonLog: which === 'daemon' },
      {
        priority: 'controller',
        signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
      },
    );
    return redact(text)
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== '')
      .slice(-lines)
      .map((line) => line.slice(0, LINE_CHARS));
  } catch (error) {
    signal?.throwIfAborted();
    log.debug('a log cannot be had', { instance: instanceId, which, error: String(error) });
    return undefined;
  } finally {
    timer.cancel();
  }
}
