// Who calls: the key in the Authorization header, or in the query as old clients send it. Refusals are worded as the
// service words them; which status goes with an unknown key differs between its pages, so it can be chosen.
import type { Accounts } from '../accounts/accounts.ts';
import { ApiError } from './api-error.ts';
import type { Caller } from './route.ts';

export interface AuthOptions {
  readonly badKeyStatus: 401 | 404;
}

/** Throws ApiError for no key, an unknown or revoked one, and a session that has run out. */
export function authenticate(
  request: Request,
  accounts: Accounts,
  { badKeyStatus }: AuthOptions,
  nowMs: number,
): Caller {
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]?.trim();
  const key = bearer ?? new URL(request.url).searchParams.get('api_key') ?? undefined;
  if (!key) throw new ApiError(403, 'auth_error', 'This action requires login.');
  const caller = accounts.callerOf(key);
  if (!caller) throw new ApiError(badKeyStatus, 'auth_error', 'Invalid user key');
  const { expiresMs } = caller.key;
  if (expiresMs !== undefined && expiresMs <= nowMs) {
    throw new ApiError(404, 'auth_error', 'Session expired. Please log in again.');
  }
  return caller;
}
