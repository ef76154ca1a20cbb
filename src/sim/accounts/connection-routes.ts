// Storage of other companies that accounts are connected to: what copies to and from a cloud name as `selected`.
import { ApiError } from '../api/api-error.ts';
import { numberOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Service } from '../service.ts';

const PATH = '/api/v0/users/cloud';
const FIRST_ID = 1_001;

export function connectionRoutes({ truthLog }: Service): readonly Route[] {
  const list = ({ caller: { account } }: Call) =>
    jsonReply(
      account.connections.map(({ id, name, cloudType }) => ({
        id,
        user_id: account.id,
        name,
        cloud_type: cloudType,
      })),
    );
  const read = { method: 'GET', scope: 'user_read', handle: list } as const;
  const summary = 'Storage of other companies that the account is connected to, as a bare array.';
  return [
    { ...read, path: '/api/v0/users/cloud_integrations', intervalSec: 2.9, summary },
    { ...read, path: PATH, summary },
    {
      method: 'POST',
      path: PATH,
      scope: 'user_write',
      summary:
        'Connects the account to storage `name` of the kind `cloud_type`; what else is sent is not looked at.',
      handle({ caller: { account }, body, nowMs }) {
        const [name, cloudType] = [textOf(body, 'name'), textOf(body, 'cloud_type')];
        if (!name || !cloudType)
          throw new ApiError(400, 'missing_input', 'A connection needs a name and a cloud_type.');
        const id = Math.max(FIRST_ID - 1, ...account.connections.map((each) => each.id)) + 1;
        account.connections.push({ id, name, cloudType });
        truthLog.note(nowMs, 'account', account.id, 'cloud_connected', {
          connection: id,
          cloud_type: cloudType,
        });
        return jsonReply({ success: true, id });
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      scope: 'user_write',
      summary: 'Ends the connection `id`; it stands in the query or in the body.',
      handle({ caller: { account }, body, query, nowMs }) {
        const id = numberOf({ id: query.get('id') ?? body.id }, 'id');
        const index = account.connections.findIndex((each) => each.id === id);
        if (index < 0)
          throw new ApiError(404, 'not_found', `There is no connection ${id ?? 'without an id'}.`);
        account.connections.splice(index, 1);
        truthLog.note(nowMs, 'account', account.id, 'cloud_disconnected', { connection: id });
        return jsonReply({ success: true });
      },
    },
  ];
}
