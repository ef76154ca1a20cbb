// Whose machines are: the id that stands as `host_id` in their rows.
import type { Account } from '../accounts/account.ts';
import type { Machine } from '../market/world.ts';

/** The id under which an account owns machines: that of its host in the market, else its own. */
export function ownerIdOf({ hostId, id }: Account): number {
  return hostId ?? id;
}

/** Whether the machine is the account's now; a renter owns none, whatever its id is. */
export function isOwner(account: Account, { ownerId }: Machine): boolean {
  return account.role === 'host' && ownerId === ownerIdOf(account);
}
