// What the screen takes while nobody touches it: new figures of every run and lines of the one that is shown each 10 s, as
// at the default interval. Then, without a budget, with a line every second as well.
import { PassThrough, Writable } from 'node:stream';
import { systemClock } from '../../src/base/std/index.ts';
import type { Report } from '../lines.ts';
import { openTop } from './open-top.ts';
import { serveRuns, type Way } from './served-runs.ts';

const WINDOW = { columns: 120, rows: 40 } as const;
const WARM_MS = 5_000;
const MEASURED_MS = 30_000;
const BUSY_MS = 10_000;
const INTERVAL_MS = 10_000;

interface Budget {
  readonly way: Way;
  readonly runs: number;
  readonly budgetMb: number;
  readonly budgetPercent: number;
}

export async function measureRest(
  report: Report,
  { way, runs, budgetMb, budgetPercent }: Budget,
): Promise<void> {
  const clock = systemClock();
  let bytes = 0;
  // A terminal is another process: what it takes is not ours.
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });
  await using served = await serveRuns(way, runs, clock);
  const top = openTop(
    served.monitor,
    { ...WINDOW, stdout, stdin, stderr: stdout, inIsTerminal: true, onResize: () => () => {} },
    clock,
  );
  let second = 0;
  const watch = async (lineEveryS: number, forMs: number) => {
    const before = process.cpuUsage();
    const [bytesBefore, startMs] = [bytes, clock.monotonic()];
    while (clock.monotonic() - startMs < forMs) {
      second += 1;
      if ((second * 1_000) % INTERVAL_MS === 0) served.show(second);
      if (second % lineEveryS === 0) served.tell(second);
      await clock.sleep(1_000);
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (clock.monotonic() - startMs) / 1_000;
    return { percent: (user + system) / 1e4 / seconds, megabytes: (bytes - bytesBefore) / 1e6 / seconds };
  };
  await watch(1, WARM_MS);
  const rest = await watch(INTERVAL_MS / 1_000, MEASURED_MS);
  report(`${runs} runs (${way}) at rest, of a core`, rest.percent, '%', budgetPercent);
  report(`${runs} runs (${way}) at rest, resident`, process.memoryUsage().rss / 1e6, 'MB', budgetMb);
  const busy = await watch(1, BUSY_MS);
  report(`${runs} runs (${way}) and a line a second, of a core`, busy.percent, '%');
  report(`${runs} runs (${way}) and a line a second, written a second`, busy.megabytes, 'MB');
  await top.stop();
}
