// Listings of things that the simulator has none of: teams, serverless endpoints and workergroups, benchmarks. They
// answer as for an account that never used them, so that the official client's listings work.
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Scope } from '../api/scope.ts';

export function listingRoutes(): readonly Route[] {
  const list = (path: string, scope: Scope, summary: string, body: unknown, intervalSec?: number): Route => ({
    method: 'GET',
    path,
    scope,
    summary,
    ...(intervalSec !== undefined && { intervalSec }),
    handle: () => jsonReply(body),
  });
  const none = { success: true, results: [] };
  return [
    list('/api/v0/endptjobs', 'misc', 'Serverless endpoints: always none.', none, 3),
    list('/api/v0/workergroups', 'misc', 'Serverless workergroups: always none.', none, 2),
    list('/api/v0/autojobs', 'misc', 'Workergroups by their old name: always none.', none, 2),
    list('/api/v0/benchmarks', 'misc', 'Benchmarks, a bare array: always none.', [], 3),
    list('/api/v0/team/roles', 'team_read', 'Names of the team’s roles, a bare array: always none.', [], 2),
    list('/api/v0/team/roles-full', 'team_read', 'The team’s roles, a bare array: always none.', [], 2),
    {
      method: 'GET',
      path: '/api/v0/team/members',
      scope: 'team_read',
      intervalSec: 2,
      summary: 'Members of the team, a bare array: the account alone.',
      handle: ({ caller: { account } }: Call) =>
        jsonReply([
          {
            id: account.id,
            username: account.username,
            email: account.email,
            fullname: account.settings.fullname,
            roles: [],
          },
        ]),
    },
  ];
}
