// A hundred readers of the event stream while ten things happen a second, written by another process as most things are.
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { assert, silentLog, systemClock } from '../../src/base/std/index.ts';
import { appendEvents } from '../../src/base/store/index.ts';
import { openStateStore } from '../../src/front/app/state-store.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { quantile } from '../statistics.ts';
import { type OwnDaemon, startOwnDaemon } from './own-daemon.ts';

const READERS = 100;
const EVERY_MS = 100;
const EVENTS = 300;
const SETTLE_MS = 10_000;
/** The last ones are on their way. */
const AFTER_MS = 1_000;

export async function measureEvents(report: Report): Promise<void> {
  const clock = systemClock();
  await using daemon = await startOwnDaemon({ only: 'rentals,jobs,monitor,housekeeping,notify,heartbeat' });
  await using store = await openStateStore({
    stateUrl: join(daemon.home, 'state.db'),
    clock,
    log: silentLog,
  });
  const delaysMs: number[] = [];
  const onEvent = (atMs: number) => void delaysMs.push(clock.now() - atMs);
  const readers = await Promise.all(Array.from({ length: READERS }, () => readEvents(daemon, onEvent)));
  progress(`${READERS} readers, ${EVENTS} events: ${(SETTLE_MS + EVENTS * EVERY_MS) / 1_000} s`);
  await clock.sleep(SETTLE_MS);
  const before = await daemon.usage();
  const startMs = clock.monotonic();
  for (let count = 1; count <= EVENTS; count += 1) {
    const reason = `${count} of ${EVENTS} happened on a machine of this account`;
    const event = { noun: 'bench', id: `thing ${count}`, status: 'happened', reason, data: { count } };
    await store.transaction((trx) => appendEvents(trx, { events: [event], clock }));
    await clock.sleep(Math.max(0, startMs + count * EVERY_MS - clock.monotonic()));
  }
  const after = await daemon.usage();
  const seconds = (clock.monotonic() - startMs) / 1_000;
  await clock.sleep(AFTER_MS);
  for (const reader of readers) reader.destroy();
  report(
    `${READERS} readers, 10 events/s, daemon: of a core`,
    (100 * (after.cpuS - before.cpuS)) / seconds,
    '%',
    5,
  );
  report(`${READERS} readers: resident`, after.residentMb, 'MB', 250);
  report('event written → read: median', quantile(delaysMs, 0.5), 'ms');
  report('event written → read: p95', quantile(delaysMs, 0.95), 'ms');
  assert(delaysMs.length === READERS * EVENTS, `${delaysMs.length} of ${READERS * EVENTS} events came`);
}

/** Resolves when the stream has begun. */
function readEvents({ address, token }: OwnDaemon, onEvent: (atMs: number) => void): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const asked = request(`${address}/v1/events/stream?noun=bench`, {
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (line.startsWith('data: ')) onEvent((JSON.parse(line.slice(6)) as { at: number }).at);
        }
      });
      // Ended by us.
      answer.on('error', () => {});
      asked.on('error', () => {});
      resolve(asked);
    });
    asked.end();
  });
}
