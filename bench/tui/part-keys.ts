// From the bytes of a key to the cells of a terminal: 50 runs, three sizes of window, on a terminal without a screen.
import { systemClock } from '../../src/base/std/index.ts';
import { aMonitor } from '../../test/front/tui/a-monitor.ts';
import { aTerminal } from '../../test/front/tui/a-terminal.ts';
import type { Report } from '../lines.ts';
import { quantile } from '../statistics.ts';
import { busyLines, busyPoints, busyView } from './busy-runs.ts';
import { openTop } from './open-top.ts';

const RUNS = 50;
const KEYS = 150;
const BETWEEN_KEYS_MS = 30;
const SIZES = [
  [80, 24],
  [120, 40],
  [300, 100],
] as const;

export async function measureKeys(report: Report): Promise<void> {
  const clock = systemClock();
  // Without real keys nothing else keeps the process alive while a frame is waited for.
  const over = new AbortController();
  clock.sleep(120_000, over.signal).catch(() => {});
  for (const [columns, rows] of SIZES) {
    const terminal = aTerminal(columns, rows);
    const monitor = aMonitor({
      view: busyView(RUNS, { look: 0, nowMs: clock.now() }),
      kept: () => busyLines(500, clock.now()),
      points: (_key, name) => busyPoints(name),
    });
    const top = openTop(monitor, terminal, clock);
    const rowOf = (screen: readonly string[]) => screen.find((row) => row.startsWith('>')) ?? '';
    await terminal.until((screen) => rowOf(screen).includes('20000000'));
    const times: number[] = [];
    for (let key = 0; key < KEYS; key += 1) {
      // Down to the last run and up again.
      const to = key < RUNS - 1 ? key + 1 : RUNS - 1 - ((key - RUNS + 1) % (RUNS - 1)) - 1;
      const isDown = key < RUNS - 1;
      if (!isDown && to < 0) break;
      const startMs = clock.monotonic();
      terminal.press(isDown ? 'j' : 'k');
      await terminal.until((screen) => rowOf(screen).includes(String(20_000_000 + to)));
      times.push(clock.monotonic() - startMs);
      if (to === 0 && !isDown) break;
      await clock.sleep(BETWEEN_KEYS_MS);
    }
    report(`key to screen, ${columns}x${rows}, p95 of ${times.length}`, quantile(times, 0.95), 'ms', 50);
    await top.stop();
    terminal.end();
  }
  over.abort();
}
