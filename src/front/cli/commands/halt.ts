// `vastdeck halt` and `resume`: the switch in the store that everything that spends reads. Needs no network and no key.
import { formatIso } from '../../../base/std/index.ts';
import { actingPerson } from '../acting-person.ts';
import type { Context } from '../context.ts';
import { openBooksHere } from '../renting-session.ts';

export async function halt(context: Context, reason: string): Promise<void> {
  const { terminal } = context;
  await using books = await openBooksHere(context);
  const before = await books.ledger.haltState();
  const state = await books.ledger.halt({ by: actingPerson(terminal), reason });
  if (state.kind !== 'halted') throw new Error('The switch was set and is not on; try again');
  const live = await books.records.list({ isLive: true });
  const since =
    before.kind === 'halted' ? ` since ${formatIso(state.sinceMs)}, by ${state.by} (${state.reason})` : '';
  terminal.err(
    `All spending is halted${since}: nothing is rented, renewed or started until "vastdeck resume".\n`,
  );
  if (live.length > 0) {
    const names = live.map(({ name, id }) => name || id).join(', ');
    terminal.err(`What runs goes on to its prepaid end: ${names}. "vastdeck rm NAME" ends one now.\n`);
  }
}

export async function resume(context: Context): Promise<void> {
  const { terminal } = context;
  await using books = await openBooksHere(context);
  const before = await books.ledger.haltState();
  await books.ledger.resume({ by: actingPerson(terminal) });
  terminal.err(
    before.kind === 'halted'
      ? `Spending is allowed again, within the caps ("vastdeck budget"). It was halted since ${formatIso(before.sinceMs)} by ${before.by}: ${before.reason}.\n`
      : 'Nothing was halted.\n',
  );
}
