// Whose money, in one word as people type it and the ledger prints it: `total`, `label:nightly`.
import { CAP_SCOPES, type Scope } from '../../../base/ledger/index.ts';
import type { HttpDeps } from '../deps.ts';
import { HttpFault } from '../server/faults.ts';

/** `account` alone is the one that the key opens, which the service may have to be asked for. Answers 400 to what is none. */
export async function readScope(deps: Pick<HttpDeps, 'account' | 'service'>, text: string): Promise<Scope> {
  if (text === 'account') {
    return { scope: 'account', value: deps.account() ?? (await deps.service()).account };
  }
  const at = text.indexOf(':');
  const name = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? '' : text.slice(at + 1);
  const scope = CAP_SCOPES.find((known) => known === name);
  if (scope === 'total' && value === '' && at < 0) return { scope };
  if (scope !== undefined && scope !== 'total' && value !== '') return { scope, value };
  throw new HttpFault(
    400,
    `"${text}" does not say whose money it is; write total, account, or ${CAP_SCOPES.slice(2).join(', ')} with a name, like label:nightly`,
  );
}
