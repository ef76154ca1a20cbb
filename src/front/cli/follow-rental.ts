// One rental stepped until it is where it should be, with what it does on the progress line. Whoever does not want to wait
// may leave: what is left is done by any later step, of whatever process.
import { formatDuration, type Priority } from '../../base/std/index.ts';
import type { Rental } from '../../rent/rental/index.ts';
import type { Renting } from '../app/index.ts';
import type { Context } from './context.ts';
import { progressLine } from './output/progress.ts';

export interface FollowOptions {
  readonly isThere: (rental: Rental) => boolean;
  readonly priority: Priority;
}

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 2_000;

/** Undefined when the person has left. What fails for a while is tried again by the next step. */
export async function followRental(
  context: Pick<Context, 'terminal' | 'clock'>,
  { watcher, controller }: Pick<Renting, 'watcher' | 'controller'>,
  rental: Rental,
  { isThere, priority }: FollowOptions,
): Promise<Rental | undefined> {
  const { terminal, clock } = context;
  const signal = terminal.interrupted;
  const progress = progressLine(context);
  let current = rental;
  let said = rental.reason;
  try {
    for (;;) {
      progress.keepShowing(() => `${said} (${formatDuration(clock.now() - current.sinceMs)})`);
      const view = await watcher.refresh({ signal, priority });
      const step = await controller.step(current, { view, signal });
      current = step.rental;
      said = step.boot?.sentence ?? current.reason;
      if (isThere(current)) return current;
      const waitMs = Math.max(0, (step.nextAtMs ?? 0) - clock.now());
      await clock.sleep(Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, waitMs)), signal);
    }
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    progress.end();
  }
}
