// Environment variables of an account, which every new instance of it gets. The service calls them secrets.
import { ApiError } from '../api/api-error.ts';
import { textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Service } from '../service.ts';

const SECRETS = '/api/v0/secrets';
const MOST_SECRETS = 16;
const KEY_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const VALUE_PATTERN = /^[A-Za-z0-9_\-.]*$/;

type Body = Readonly<Record<string, unknown>>;

export function secretRoutes({ truthLog }: Service): readonly Route[] {
  const note = ({ caller, nowMs }: Call, what: string, key: string) =>
    truthLog.note(nowMs, 'account', caller.account.id, what, { key });
  const write = { scope: 'user_write', intervalSec: 3 } as const;
  return [
    {
      method: 'GET',
      path: SECRETS,
      scope: 'user_read',
      intervalSec: 5,
      summary: 'The account’s environment variables with their values.',
      handle: ({ caller }: Call) =>
        jsonReply({ success: true, secrets: Object.fromEntries(caller.account.secrets) }),
    },
    {
      ...write,
      method: 'POST',
      path: SECRETS,
      summary: 'Adds a variable: `key` (made upper case) and `value`; or several in `env_vars`.',
      handle: (call: Call) => {
        const { secrets } = call.caller.account;
        const entries = entriesOf(call.body);
        const names = new Set<string>();
        for (const [key] of entries) {
          if (secrets.has(key) || names.has(key)) {
            throw new ApiError(400, 'existing_key', `Environment variable ${key} exists already.`);
          }
          names.add(key);
        }
        if (secrets.size + entries.length > MOST_SECRETS) {
          throw new ApiError(
            400,
            'max_secrets',
            `User has reached the limit of ${MOST_SECRETS} environment variables.`,
          );
        }
        for (const [key, value] of entries) {
          secrets.set(key, value);
          note(call, 'secret_created', key);
        }
        return jsonReply({ success: true, msg: 'Environment variables processed successfully' });
      },
    },
    {
      ...write,
      method: 'PUT',
      path: SECRETS,
      summary: 'Changes the value of a variable that exists.',
      handle: (call: Call) => {
        const [key, value] = entryOf(call.body, "Both 'key' and 'value' are required.");
        requireKey(call, key);
        call.caller.account.secrets.set(key, value);
        note(call, 'secret_changed', key);
        return jsonReply({ success: true, msg: 'Environment variable updated successfully' });
      },
    },
    {
      ...write,
      method: 'DELETE',
      path: SECRETS,
      summary: 'Removes a variable; instances that run keep it.',
      handle: (call: Call) => {
        const key = textOf(call.body, 'key')?.toUpperCase();
        if (!key) throw new ApiError(400, 'missing_input', "'key' required.");
        requireKey(call, key);
        call.caller.account.secrets.delete(key);
        note(call, 'secret_deleted', key);
        return jsonReply({ success: true, msg: 'Environment variable deleted successfully' });
      },
    },
  ];
}

function requireKey({ caller }: Call, key: string): void {
  if (caller.account.secrets.has(key)) return;
  throw new ApiError(400, 'nonexistent_key', 'Environment variable not found');
}

function entriesOf(body: Body): readonly (readonly [key: string, value: string])[] {
  const list = body.env_vars ?? undefined;
  const wanted = "Both 'key' and 'value' are required for single env edits.";
  if (list === undefined) return [entryOf(body, wanted)];
  if (!Array.isArray(list)) throw new ApiError(400, 'invalid_args', 'Input must be a list');
  return list.map((each) => entryOf((each ?? {}) as Body, wanted));
}

function entryOf(body: Body, wanted: string): readonly [key: string, value: string] {
  const [key, value] = [textOf(body, 'key'), textOf(body, 'value')];
  if (!key || value === undefined) throw new ApiError(400, 'missing_input', wanted);
  if (!KEY_PATTERN.test(key)) {
    throw new ApiError(
      400,
      'invalid_args',
      `${key} is no name of a variable: letters, digits and _ make one.`,
    );
  }
  if (!VALUE_PATTERN.test(value)) {
    throw new ApiError(400, 'invalid_args', `The value of ${key} may hold letters, digits, _, - and . only.`);
  }
  return [key.toUpperCase(), value];
}
