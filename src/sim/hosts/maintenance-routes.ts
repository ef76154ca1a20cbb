// Routes by which hosts announce maintenance.
import { ApiError } from '../api/api-error.ts';
import { idsOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { HostedMachine } from './hosted-machine.ts';
import type { ListingDeps } from './listing-routes.ts';
import { announce, cancelMaintenance, maintenanceRow } from './maintenance.ts';

export function maintenanceRoutes({ service, hosts, contracts }: ListingDeps): readonly Route[] {
  let announced = 0;
  const own = ({ caller, params }: Call) => hosts.owned(caller.account, Number(params.id));
  /** Whose they are is looked at before anything happens to the first. Throws ApiError 400 for no ids at all. */
  const many = ({ caller, body }: Call) => {
    const ids = idsOf(body, 'machine_ids') ?? [];
    if (ids.length === 0)
      throw new ApiError(
        400,
        'invalid_args',
        'error 400/3467: Invalid args: machine_ids is missing or empty',
      );
    return [...new Set(ids)].map((id) => hosts.owned(caller.account, id));
  };
  /** How many clients it has, who are told. */
  const announceOn = (hosted: HostedMachine, { body, nowMs }: Call): number => {
    announced += 1;
    announce({ service, hosts, id: announced }, hosted, body, nowMs);
    const { machine } = hosted;
    const crowd = machine.rentals.filter(({ tenant }) => tenant === undefined).length;
    return crowd + contracts.on(machine).length;
  };
  return [
    {
      method: 'PUT',
      path: '/api/v0/machines/:id/dnotify',
      scope: 'machine_write',
      summary: 'Announces maintenance: from `sdate` on the machine is down for `duration` hours.',
      intervalSec: 2.5,
      handle: (call) =>
        jsonReply({ success: true, you_sent: `${announceOn(own(call), call)} notifications sent` }),
    },
    {
      method: 'POST',
      path: '/api/v0/machines/maintenances/batch',
      scope: 'machine_write',
      summary: 'Announces the same maintenance for all of `machine_ids`.',
      handle(call) {
        const sent = many(call).reduce((sum, hosted) => sum + announceOn(hosted, call), 0);
        return jsonReply({ success: true, you_sent: `${sent} notifications sent` });
      },
    },
    {
      method: 'DELETE',
      path: '/api/v0/machines/maintenances/batch',
      scope: 'machine_write',
      summary: 'Cancels the announced maintenance of all of `machine_ids`.',
      handle(call) {
        const machines = many(call);
        const cancelled = machines.reduce(
          (sum, hosted) => sum + cancelMaintenance({ service, hosts }, hosted, call.nowMs),
          0,
        );
        return jsonReply({ success: true, msg: `${cancelled} maintenance windows were cancelled.` });
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
