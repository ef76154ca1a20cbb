// Routes by which hosts announce maintenance.
import { idsOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { ListingDeps } from './listing-routes.ts';
import { announce, cancelMaintenance, maintenanceRow } from './maintenance.ts';

export function maintenanceRoutes({ service, hosts, contracts }: ListingDeps): readonly Route[] {
  let announced = 0;
  const own = ({ caller, params }: Call) => hosts.owned(caller.account, Number(params.id));
  return [
    {
      method: 'PUT',
      path: '/api/v0/machines/:id/dnotify',
      scope: 'machine_write',
      summary: 'Announces maintenance: from `sdate` on the machine is down for `duration` hours.',
      intervalSec: 2.5,
      handle(call) {
        const hosted = own(call);
        announced += 1;
        announce({ service, hosts, id: announced }, hosted, call.body, call.nowMs);
        const { machine } = hosted;
        const crowd = machine.rentals.filter(({ tenant }) => tenant === undefined).length;
        const clients = crowd + contracts.on(machine).length;
        return jsonReply({ success: true, you_sent: `${clients} notifications sent` });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/machines/:id/cancel_maint',
      scope: 'machine_write',
      summary: 'Cancels announced maintenance; one under way ends.',
      handle(call) {
        const hosted = own(call);
        const cancelled = cancelMaintenance({ service, hosts }, hosted, call.nowMs);
        return jsonReply({
          success: true,
          ctime: call.nowMs / 1_000,
          machine_id: hosted.machine.machineId,
          msg: `${cancelled} maintenance windows were cancelled.`,
        });
      },
    },
    {
      method: 'GET',
      path: '/api/v0/machines/maintenances',
      scope: 'instance_read',
      summary: 'Announced maintenance of the machines in `machine_ids`, or of all of the host.',
      handle({ caller, query }) {
        const text = query.get('machine_ids');
        const wanted = text === null ? undefined : idsOf({ machine_ids: parsed(text) }, 'machine_ids');
        const machines = hosts
          .machinesOf(caller.account)
          .filter(({ machine }) => !wanted || wanted.includes(machine.machineId));
        return jsonReply(
          machines.flatMap((hosted) => hosted.maintenances.map((each) => maintenanceRow(hosted, each))),
        );
      },
    },
  ];
}

/** A list in JSON; text that is none is left to the reader of numbers. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}
