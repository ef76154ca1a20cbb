// One round of the controller by the way: what ended is stopped, destroyed, billed and settled, and what runs is booked.
// While no daemon runs nobody else may come by for days.
import type { Renting } from '../app/index.ts';
import type { Context } from './context.ts';

/** Left out while something boots, whose step may take a minute. Its own failure keeps no command from its work. */
export async function lookAfterRentals(
  { terminal, log }: Pick<Context, 'terminal' | 'log'>,
  { controller, records, account }: Renting,
): Promise<void> {
  const signal = terminal.interrupted;
  const live = await records.list({ account: account.account, isLive: true });
  if (live.some(({ status }) => status === 'booting')) return;
  try {
    await controller.round(signal);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn('rentals could not be looked after', { reason: (error as Error).message });
  }
}
