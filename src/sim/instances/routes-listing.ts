// Routes that read instances: pages, the whole list of old, one of them, and what they can be filtered by.
import { selectCols } from '../api/list-query.ts';
import { JSON_HEADERS, jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { asciiJson } from '../market/market.ts';
import { type Fleet, instancesOf } from './fleet.ts';
import type { Instance } from './instance.ts';
import type { InstanceRows } from './instance-row.ts';
import { pageOfInstances, readListQuery } from './listing.ts';
import { findOwn } from './own-instance.ts';

export function listingRoutes(fleet: Fleet, rows: InstanceRows): readonly Route[] {
  const own = ({ caller }: Call) => instancesOf(fleet, caller.account);
  const json = (instances: readonly Instance[], nowMs: number, version: 0 | 1) =>
    instances.map((instance) => rows.json(instance, nowMs, version)).join(',');

  return [
    {
      method: 'GET',
      path: '/api/v1/instances',
      scope: 'instance_read',
      summary: 'Instances by pages of at most 25, filtered and ordered.',
      intervalSec: 1,
      handle(call) {
        const query = readListQuery(call.query);
        const page = pageOfInstances(own(call), query, (instance) => rows.stored(instance));
        const head = {
          success: true,
          instances_found: page.instances.length,
          total_instances: page.total,
          label_counts: page.labelCounts,
          next_token: page.nextToken,
        };
        if (Array.isArray(query.columns) && !query.columns.includes('*')) {
          const full = page.instances.map((instance) => rows.row(instance, call.nowMs, 1));
          return jsonReply({ ...head, instances: selectCols(full, query.columns) });
        }
        return textReply(
          `${asciiJson(head).slice(0, -1)},"instances":[${json(page.instances, call.nowMs, 1)}]}`,
        );
      },
    },
    {
      method: 'GET',
      path: '/api/v1/instances/lite',
      scope: 'instance_read',
      summary: 'The least that there is to say of each instance. Its real shape is not published.',
      handle: (call) =>
        jsonReply({
          success: true,
          instances: own(call).map((instance) => ({
            id: instance.id,
            label: instance.label,
            actual_status: instance.actual,
            intended_status: instance.intended,
            cur_state: instance.current,
            machine_id: instance.machine.machineId,
          })),
        }),
    },
    {
      method: 'GET',
      path: '/api/v0/instances',
      scope: 'instance_read',
      summary: 'All instances at once, as old clients ask for them.',
      handle(call) {
        const all = own(call);
        return textReply(`{"instances_found":${all.length},"instances":[${json(all, call.nowMs, 0)}]}`);
      },
    },
    {
      method: 'GET',
      path: '/api/v0/instances/filters',
      scope: 'instance_read',
      summary: 'Which values of status, GPU and verification occur together.',
      handle(call) {
        const seen = new Map<string, unknown>();
        for (const instance of own(call)) {
          const { actual_status, gpu_name, verification } = rows.stored(instance);
          const filter = { actual_status, gpu_name, verification };
          seen.set(JSON.stringify(filter), filter);
        }
        return jsonReply({ filters: [...seen.values()] });
      },
    },
    {
      method: 'GET',
      path: '/api/v0/instances/count',
      scope: 'instance_read',
      summary: 'How many instances there are. Its real shape is not published.',
      handle: (call) => jsonReply({ success: true, count: own(call).length }),
    },
    {
      method: 'GET',
      path: '/api/v0/instances/:id',
      scope: 'instance_read',
      summary: 'One instance as an object under `instances`; null when it is gone.',
      intervalSec: 2,
      handle(call) {
        const instance = findOwn(fleet, call, call.params.id ?? '');
        return textReply(`{"instances":${instance ? rows.json(instance, call.nowMs, 0) : 'null'}}`);
      },
    },
  ];
}

/** JSON that is text already, in ASCII. */
function textReply(text: string): Response {
  return new Response(text, { headers: JSON_HEADERS });
}
