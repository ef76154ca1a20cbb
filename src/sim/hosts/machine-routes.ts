// Routes by which hosts look at their machines and look after them.
import { ApiError } from '../api/api-error.ts';
import { idsOf, numberOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { defragment, takeOff } from '../market/listing.ts';
import { setOwner } from '../market/world.ts';
import { type DefaultJobTerms, startDefaultJob } from './default-job.ts';
import type { HostedMachine } from './hosted-machine.ts';
import type { ListingDeps } from './listing-routes.ts';
import { type MachineRowDeps, machineRow, problemOf } from './machine-row.ts';
import { ownerIdOf } from './owner-id.ts';

export type MachineDeps = ListingDeps & MachineRowDeps;

/** Far from the numbers of the crowd's rentals and of instances. */
const FIRST_DEFAULT_JOB_ID = 2 ** 50;

export function machineRoutes(deps: MachineDeps): readonly Route[] {
  const { hosts, service, contracts } = deps;
  const { world } = hosts;
  const { truthLog } = service;
  let defaultJobs = 0;
  const nextRentalId = () => {
    defaultJobs += 1;
    return FIRST_DEFAULT_JOB_ID + defaultJobs;
  };
  const own = ({ caller, params }: Call) => hosts.owned(caller.account, Number(params.id));
  const read = { method: 'GET', scope: 'machine_read' } as const;
  const write = { method: 'PUT', scope: 'machine_write' } as const;

  return [
    {
      ...read,
      path: '/api/v0/machines',
      summary: 'The machines of a host, with occupancy, prices as earned, and earnings.',
      handle: (call: Call) =>
        jsonReply({ machines: readable(deps, call).map((each) => machineRow(deps, each, call.nowMs)) }),
    },
    {
      ...read,
      path: '/api/v0/machines/errors',
      summary: 'What is wrong with the machines of a host.',
      handle: (call: Call) => jsonReply({ success: true, errors: errorsOf(deps, call) }),
    },
    {
      ...read,
      path: '/api/v0/machines/errors/count',
      summary: 'With how many machines of a host something is wrong.',
      handle: (call: Call) => jsonReply({ success: true, count: errorsOf(deps, call).length }),
    },
    {
      ...write,
      path: '/api/v0/machines/create_bids',
      summary: 'Sets the default job: work of the host itself on GPUs that nobody rents.',
      intervalSec: 2.8,
      handle(call: Call) {
        const { caller, body, nowMs } = call;
        const hosted = hosts.owned(caller.account, numberOf(body, 'machine'));
        const terms = readDefaultJob(body);
        hosted.defaultJob?.stop(nowMs);
        const { machineId } = hosted.machine;
        truthLog.note(nowMs, 'machine', machineId, 'default_job_set', {
          image: terms.image,
          price: terms.gpuPrice,
        });
        hosted.defaultJob = startDefaultJob(
          { service, world, contracts, nextRentalId },
          { account: caller.account, machine: hosted.machine, terms },
          nowMs,
        );
        return jsonReply({
          success: true,
          machine_id: machineId,
          user_id: caller.account.id,
          you_sent: body,
        });
      },
    },
    {
      method: 'DELETE',
      scope: 'machine_write',
      path: '/api/v0/machines/:id/defjob',
      summary: 'Removes the default job.',
      intervalSec: 1.2,
      handle(call: Call) {
        const hosted = own(call);
        const { machineId } = hosted.machine;
        if (hosted.defaultJob) truthLog.note(call.nowMs, 'machine', machineId, 'default_job_removed');
        hosted.defaultJob?.stop(call.nowMs);
        hosted.defaultJob = undefined;
        return jsonReply({ success: true, machine_id: machineId, user_id: call.caller.account.id });
      },
    },
    {
      ...write,
      path: '/api/v0/machines/:id/cleanup',
      summary: 'Deletes the storage of contracts that have ended.',
      intervalSec: 8,
      handle(call: Call) {
        const { machine } = own(call);
        const { nowMs } = call;
        const expired = contracts.on(machine).filter(({ terms }) => terms.endMs <= nowMs);
        for (const instance of expired) contracts.destroy(instance, 'cleaned_up', nowMs);
        truthLog.note(nowMs, 'machine', machine.machineId, 'cleaned_up', {
          instances: expired.map(({ id }) => id),
        });
        return jsonReply({
          success: true,
          ctime: nowMs / 1_000,
          machine_id: machine.machineId,
          user_id: call.caller.account.id,
          num_deleted: expired.length,
          msg: `${expired.length} expired instances were deleted.`,
        });
      },
    },
    {
      ...write,
      path: '/api/v0/machines/defrag_offers',
      summary: 'Cuts machines anew, so that free GPUs stand in one chunk where they can.',
      handle({ caller, body, nowMs }: Call) {
        const ids = idsOf(body, 'machine_ids') ?? [];
        const machines = ids.map((id) => hosts.owned(caller.account, id).machine);
        const cut = machines.filter((machine) => machine.isListed && defragment(world, machine, nowMs));
        for (const { machineId } of cut) truthLog.note(nowMs, 'machine', machineId, 'defragmented');
        return jsonReply({
          success: true,
          msg: `${cut.length} of ${machines.length} machines were cut anew.`,
        });
      },
    },
    {
      method: 'POST',
      scope: 'machine_write',
      path: '/api/v0/machines/:id/force_delete',
      summary: 'Removes a machine that nobody rents from the account for good.',
      handle(call: Call) {
        const hosted = own(call);
        const { machine } = hosted;
        const clients = machine.rentals.filter(({ isDefaultJob }) => !isDefaultJob).length;
        if (clients > 0 || contracts.on(machine).length > 0)
          throw new ApiError(
            400,
            'invalid_request',
            `Machine ${machine.machineId} has clients and cannot be deleted.`,
          );
        hosted.defaultJob?.stop(call.nowMs);
        hosted.defaultJob = undefined;
        hosts.unlist(hosted, call.nowMs);
        takeOff(world, machine, call.nowMs);
        hosted.isDeleted = true;
        truthLog.note(call.nowMs, 'machine', machine.machineId, 'deleted');
        return jsonReply({ success: true, machine_id: machine.machineId });
      },
    },
    {
      method: 'POST',
      scope: 'machine_write',
      path: '/api/v0/machines/transfer_ownership',
      summary: 'Gives machines to another host account.',
      handle({ caller, body, nowMs }: Call) {
        const one = numberOf(body, 'machine_id');
        const ids = idsOf(body, 'machine_ids') ?? (one === undefined ? [] : [one]);
        const given = ids.map((id) => hosts.owned(caller.account, id));
        const recipient = textOf(body, 'recipient') ?? '';
        const to = service.accounts.byEmail(recipient) ?? service.accounts.byId(Number(recipient));
        if (to?.role !== 'host')
          throw new ApiError(400, 'invalid_recipient', `"${recipient}" is no host account.`);
        for (const hosted of given) {
          const { machine } = hosted;
          // Its instances are the giver's.
          hosted.defaultJob?.stop(nowMs);
          hosted.defaultJob = undefined;
          setOwner(world, machine, ownerIdOf(to), nowMs);
          truthLog.note(nowMs, 'machine', machine.machineId, 'transferred', { to: to.id });
        }
        return jsonReply({ success: true, machine_ids: ids, user_id: to.id });
      },
    },
    // Behind all others that begin alike: here any word is an id.
    {
      ...read,
      path: '/api/v0/machines/:id',
      summary: 'One machine of a host, as a list of one.',
      handle: (call: Call) => {
        readable(deps, call);
        return jsonReply([machineRow(deps, own(call), call.nowMs)]);
      },
    },
  ];
}

/** The caller's machines; a renter is told that this is not for him. */
function readable({ hosts }: MachineDeps, { caller }: Call): readonly HostedMachine[] {
  if (caller.account.role !== 'host')
    throw new ApiError(401, 'not_authorized', 'This endpoint is for hosts.');
  return hosts.machinesOf(caller.account);
}

function errorsOf(deps: MachineDeps, call: Call) {
  return readable(deps, call).flatMap(({ machine }) => {
    const description = problemOf(machine);
    return description === null ? [] : [{ machine_id: machine.machineId, error_description: description }];
  });
}

/** Throws ApiError 400 for a job without an image or a price. */
function readDefaultJob(body: Readonly<Record<string, unknown>>): DefaultJobTerms {
  const gpuPrice = numberOf(body, 'price_gpu');
  const image = textOf(body, 'image');
  if (gpuPrice === undefined || !(gpuPrice > 0) || !image)
    throw new ApiError(400, 'invalid_args', 'error 400/3467: Invalid args: price_gpu and image are needed');
  const { args } = body;
  return {
    gpuPrice,
    uploadPrice: numberOf(body, 'price_inetu') ?? 0,
    downloadPrice: numberOf(body, 'price_inetd') ?? 0,
    image,
    // Old clients send one text.
    args: Array.isArray(args)
      ? args.map(String)
      : (textOf(body, 'args_str') ?? '').split(' ').filter(Boolean),
  };
}
