// Routes of reports: renters write them, the hosts of the machines read them.
import { ApiError } from '../api/api-error.ts';
import { idsOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { ListingDeps } from './listing-routes.ts';
import { isOwner } from './owner-id.ts';

export function reportRoutes({ hosts, service }: Pick<ListingDeps, 'hosts' | 'service'>): readonly Route[] {
  let made = 0;
  const ofAll = ({ caller: { account }, params }: Call) => {
    if (params.user !== 'me' && params.user !== String(account.id))
      throw new ApiError(403, 'not_authorized', 'These are not your own machines.');
    const own = hosts.world.machines.filter((machine) => isOwner(account, machine));
    return own.flatMap((machine) =>
      hosts.reportsOf(machine).map((report) => ({ machineId: machine.machineId, report })),
    );
  };
  return [
    {
      method: 'GET',
      path: '/api/v0/machines/:id/reports',
      scope: 'machine_read',
      summary: 'What renters reported of a machine.',
      intervalSec: 1.2,
      handle: ({ caller, params }) =>
        jsonReply(
          hosts
            .reportsOf(hosts.owned(caller.account, Number(params.id)).machine)
            .map(({ problem, message, atMs }) => ({ problem, message, created_at: atMs / 1_000 })),
        ),
    },
    {
      method: 'PUT',
      path: '/api/v0/machines/:id/report',
      scope: 'instance_write',
      summary: 'Reports a machine to its host and to the service.',
      handle({ params, body, nowMs, caller }) {
        const machine = hosts.machineById(Number(params.id));
        if (!machine) throw new ApiError(404, 'not_found', `No machine ${params.id} found.`);
        const problem = textOf(body, 'problem') ?? 'other';
        const message = textOf(body, 'message') ?? '';
        made += 1;
        hosts.reportsOf(machine).push({ id: made, problem, message, atMs: nowMs, isAcknowledged: false });
        service.truthLog.note(nowMs, 'machine', machine.machineId, 'reported', {
          by: caller.account.id,
          problem,
        });
        return jsonReply({ success: true, machine_id: machine.machineId });
      },
    },
    {
      method: 'GET',
      path: '/api/v0/users/:user/machine-reports',
      scope: 'machine_read',
      summary: 'What renters reported of all machines of a host, a bare array.',
      handle: (call) =>
        jsonReply(
          ofAll(call).map(({ machineId, report: { id, problem, message, atMs, isAcknowledged } }) => ({
            id,
            machine_id: machineId,
            problem,
            message,
            created_at: atMs / 1_000,
            acknowledged: isAcknowledged,
          })),
        ),
    },
    {
      method: 'POST',
      path: '/api/v0/users/:user/machine-reports/acknowledge',
      scope: 'machine_write',
      summary: 'Marks the reports `ids` as read, or all of them.',
      handle(call) {
        const ids = idsOf(call.body, 'ids');
        const marked = ofAll(call).filter(
          ({ report: { id, isAcknowledged } }) => !isAcknowledged && (ids?.includes(id) ?? true),
        );
        for (const { machineId, report } of marked) {
          report.isAcknowledged = true;
          service.truthLog.note(call.nowMs, 'machine', machineId, 'report_acknowledged', {
            report: report.id,
          });
        }
        return jsonReply({ success: true, acknowledged: marked.length });
      },
    },
  ];
}
