// The second factor: which calls ask for it, how a session is opened with it, and how long that lasts.
import { ApiError } from '../api/api-error.ts';
import { textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Caller, KeyedRoute, Route } from '../api/route.ts';
import type { Scope } from '../api/scope.ts';
import type { Service } from '../service.ts';
import type { Account } from './account.ts';

/** How long a session lasts, as published. */
const SESSION_MS = 24 * 3_600_000;
/** Calls that a key alone may not make. The service says that there are some, not which; these change an account. */
const GUARDED: ReadonlySet<Scope> = new Set(['user_write', 'billing_write', 'team_write']);
const LOGIN_PATH = '/api/v0/tfa';

/** Throws ApiError 401 where the account has a second factor that this key did not come with. */
export function checkSecondFactor({ scope, path }: KeyedRoute, { account, key }: Caller): void {
  const isOpened = key.expiresMs !== undefined || key.instanceId !== undefined;
  if (!account.secondFactor || isOpened || !GUARDED.has(scope) || path === LOGIN_PATH) return;
  throw new ApiError(
    401,
    'auth_error',
    'This action requires Two Factor Authentication. Log in with your code and try again.',
  );
}

export function secondFactorRoutes({ accounts, truthLog }: Service): readonly Route[] {
  return [
    {
      method: 'POST',
      path: LOGIN_PATH,
      scope: 'user_write',
      intervalSec: 1.1,
      summary:
        'Opens a session of 24 hours with `code` or `backup_code`; its key takes the place of the usual one.',
      handle: ({ caller, body, nowMs }: Call) => {
        const { account } = caller;
        const { secondFactor } = account;
        if (!secondFactor) throw new ApiError(400, '2fa_login_failed', 'This account has no second factor.');
        const [code, backupCode] = [textOf(body, 'code'), textOf(body, 'backup_code')];
        if (code === undefined && backupCode === undefined) {
          throw new ApiError(401, 'missing_auth_value', 'Send the code, or a backup code.');
        }
        if (code === undefined && !secondFactor.backupCodes.delete(backupCode as string)) {
          throw new ApiError(401, 'invalid_backup_code', 'This backup code is unknown or used up.');
        }
        if (code !== undefined && code !== secondFactor.code) {
          throw new ApiError(400, '2fa_verification_failed', 'This code is wrong.');
        }
        const expiresMs = nowMs + SESSION_MS;
        const key = accounts.addKey(account, { name: 'session', expiresMs }, nowMs);
        truthLog.note(nowMs, 'account', account.id, 'session_opened', {
          key_id: key.id,
          until_ms: expiresMs,
        });
        return jsonReply({
          success: true,
          session_key: key.key,
          backup_codes_remaining: secondFactor.backupCodes.size,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/v0/tfa/status',
      scope: 'user_read',
      intervalSec: 1,
      summary: 'Whether the account has a second factor, and how many backup codes are left.',
      handle: ({ caller }: Call) => jsonReply({ success: true, ...statusOf(caller.account) }),
    },
  ];
}

function statusOf({ secondFactor }: Account): Readonly<Record<string, unknown>> {
  return {
    tfa_enabled: secondFactor !== undefined,
    methods: secondFactor ? [{ id: 1, method: 'totp', is_primary: true, label: null }] : [],
    backup_codes_remaining: secondFactor?.backupCodes.size ?? 0,
    new_method_authorized: false,
  };
}
