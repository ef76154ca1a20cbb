// `vastdeck halt` and `resume`: the switch in the store that everything that spends reads. Needs no network and no key.
import { formatIso } from '../../../base/std/index.ts';
import { openApi } from '../api-session.ts';
import type { Context } from '../context.ts';
import { openSteadyApi } from '../steady-api.ts';

export async function halt(context: Context, reason: string): Promise<void> {
  const { terminal } = context;
  // Asked again of whoever answers then, when a daemon ends in the middle: halting twice is halting once.
  await using api = await openSteadyApi(context, () => {});
  const why = reason.trim() || 'no reason was given';
  const state = await api.ask((client, signal) => client.halt(why, signal));
  if (!state.isHalted) throw new Error('The switch was set and is not on; try again');
  const { rentals } = await api.ask((client, signal) => client.rentals({ accounts: 'all' }, signal));
  const since = state.before.isHalted
    ? ` since ${formatIso(state.sinceMs ?? 0)}, by ${state.by} (${state.reason})`
    : '';
  terminal.err(
    `All spending is halted${since}: nothing is rented, renewed or started until "vastdeck resume".\n`,
  );
  if (rentals.length > 0) {
    const names = rentals.map(({ name, id }) => name || id).join(', ');
    terminal.err(`What runs goes on to its prepaid end: ${names}. "vastdeck rm NAME" ends one now.\n`);
  }
}

export async function resume(context: Context): Promise<void> {
  await using api = await openApi(context);
  const { before } = await api.client.resume();
  context.terminal.err(
    before.isHalted
      ? `Spending is allowed again, within the caps ("vastdeck budget"). It was halted since ${formatIso(before.sinceMs ?? 0)} by ${before.by}: ${before.reason}.\n`
      : 'Nothing was halted.\n',
  );
}
