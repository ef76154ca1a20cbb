// Who calls: the key in the Authorization header, or in the query as old clients send it.
import { errorReply } from './replies.ts';

export interface AuthOptions {
  readonly apiKeys: ReadonlySet<string>;
  readonly badKeyStatus: 401 | 404;
}

/** The caller's key, or the refusal. */
export function authenticate(request: Request, { apiKeys, badKeyStatus }: AuthOptions): string | Response {
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]?.trim();
  const key = bearer ?? new URL(request.url).searchParams.get('api_key') ?? undefined;
  if (!key) return errorReply(403, 'auth_error', 'This action requires login.');
  if (!apiKeys.has(key)) return errorReply(badKeyStatus, 'auth_error', 'Invalid user key');
  return key;
}
