// The accounts that a simulation begins with: the one whose key it prints, and the one that runs a host's machines.
import type { Host } from './market/world.ts';
import type { Service } from './service.ts';
import type { SimOptions } from './types.ts';

/**
 * The account that the given keys open, or a key made from the seed; returns the first of them. Throws RangeError for
 * an empty list of keys.
 */
export function openFirstAccount(
  { accounts, startMs }: Service,
  { apiKeys, account: kind }: Pick<SimOptions, 'apiKeys' | 'account'>,
  host: Host | undefined,
): string {
  const [key, ...others] = apiKeys ?? [undefined];
  if (apiKeys && key === undefined) {
    throw new RangeError('The list of API keys is empty; leave it out to have one made');
  }
  const hostId = kind === 'host' ? host?.hostId : undefined;
  const role = kind === undefined || kind === 'renter' ? 'renter' : 'host';
  const account = accounts.add(
    { role, ...(key !== undefined && { key }), ...(hostId !== undefined && { hostId }) },
    startMs,
  );
  for (const other of others) if (other !== undefined) accounts.addKey(account, { key: other }, startMs);
  return (account.keys[0] as { readonly key: string }).key;
}

/** The key of the account that runs this host's machines: the first account's, where that is a host. */
export function openHostAccount({ accounts, startMs }: Service, { hostId }: Host): string {
  const account =
    accounts.all().find((each) => each.hostId === hostId) ?? accounts.add({ role: 'host', hostId }, startMs);
  return (account.keys[0] as { readonly key: string }).key;
}
