// What was done with the account's keys, in both versions of the listing.
import { askedPage, filterRows, jsonParam, orderRows, type Row } from '../api/list-query.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Account } from './account.ts';

const PAGES = { usual: 100, most: 500 };
/** Arguments that nobody should read in a log. */
const HIDDEN = /^(value|code|backup_code|password|env_vars|docker_login_pass|image_login)$/;

export function auditRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v0/audit_logs',
      scope: 'misc',
      intervalSec: 2,
      summary: 'What was changed by whom, newest first, as a bare array.',
      handle: ({ caller, query }: Call) =>
        jsonReply(filterRows(auditRows(caller.account), jsonParam(query, 'select_filters'))),
    },
    {
      method: 'GET',
      path: '/api/v1/audit_logs',
      scope: 'misc',
      intervalSec: 2,
      summary: 'The same in pages, filtered and ordered.',
      handle: ({ caller, query }: Call) => {
        const found = filterRows(auditRows(caller.account), jsonParam(query, 'select_filters'));
        const orderBy = jsonParam(query, 'order_by');
        const rows = orderBy ? orderRows(found, orderBy) : found;
        const page = askedPage(rows, query, PAGES);
        return jsonReply({
          success: true,
          count: page.rows.length,
          total: rows.length,
          next_token: page.nextToken,
          results: page.rows,
        });
      },
    },
  ];
}

function auditRows({ id: userId, audit }: Account): Row[] {
  return audit
    .map(({ atMs, apiKeyId, route, args }, index) => ({
      id: index + 1,
      user_id: userId,
      ip_address: '127.0.0.1',
      api_key_id: apiKeyId,
      created_at: atMs / 1_000,
      api_route: route,
      args: Object.fromEntries(
        Object.entries(args).map(([name, value]) => [name, HIDDEN.test(name) ? '********' : value]),
      ),
    }))
    .reverse();
}
