// Copies between instances, to and from the caller's own computer, and to and from cloud storage. What a copy weighs is
// drawn from the path; how long it takes follows from the lines, and both ends pay for their traffic.

import type { Planned } from '../agenda.ts';
import { ApiError } from '../api/api-error.ts';
import { type Body, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { DRAW, hashText } from '../dice.ts';
import { change, type Fleet } from './fleet.ts';
import { type Instance, isThere } from './instance.ts';
import { directoryPort } from './instance-row.ts';
import { findOwn } from './own-instance.ts';
import { invalidArgs } from './rent-request.ts';
import type { Results } from './results.ts';
import { bill } from './traffic.ts';

type End =
  | { readonly kind: 'local' }
  | { readonly kind: 'cloud' }
  | { readonly kind: 'instance'; readonly of: Instance };

interface Copy {
  readonly id: number;
  readonly from: Instance | undefined;
  readonly to: Instance | undefined;
  readonly gb: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly planned: Planned;
}

const MEDIAN_GB = 2;
const SIGMA = 1.1;
const SETUP_MS = 2_000;
/** What a line gives to one copy. */
const LINE_SHARE = 0.7;
const FORBIDDEN_TARGETS = ['/', '/root'];

export function copyRoutes(fleet: Fleet, results: Results): readonly Route[] {
  const { service } = fleet;
  const running = new Map<number, Copy>();
  let made = 0;

  const endOf = (call: Call, id: string | undefined): End => {
    if (id === undefined || id === '' || id === 'local') return { kind: 'local' };
    if (/^(C\.)?\d+$/.test(id)) {
      const of = findOwn(fleet, call, id);
      if (of) return { kind: 'instance', of };
      throw new ApiError(
        404,
        'no_such_instance',
        `error 404/3601: no_such_instance Instance ${id} not found.`,
      );
    }
    if (/^V\.\d+$/.test(id)) throw new ApiError(404, 'no_such_volume', `Volume ${id} not found.`);
    if (/^[a-z0-9_]+\.\d+$/i.test(id)) return { kind: 'cloud' };
    throw invalidArgs(`"${id}" is no instance, volume, cloud connection, or local`);
  };

  /** Begins a copy of which at least one end is an instance; false when nothing goes over the simulated lines. */
  const begin = (from: End, to: End, path: string, atMs: number): boolean => {
    const source = from.kind === 'instance' ? from.of : undefined;
    const target = to.kind === 'instance' ? to.of : undefined;
    // What comes from or goes to the caller runs over SSH, and is billed there.
    if (from.kind === 'local' || to.kind === 'local') return false;
    const either = (source ?? target) as Instance;
    const gb = sizeGb(either, path);
    const endMs = Math.round(atMs + SETUP_MS + durationMs(source, target, gb));
    made += 1;
    const id = made;
    const planned = service.agenda.plan(endMs, (dueMs) => finish(id, dueMs, 1));
    running.set(id, { id, from: source, to: target, gb, startMs: atMs, endMs, planned });
    for (const instance of ends(source, target)) {
      change(fleet, instance, atMs, 'copy_begun', {}, { copy_id: id, gb, until_ms: endMs });
    }
    return true;
  };

  const sizeGb = ({ id, diskGb }: Instance, path: string): number => {
    const drawn =
      MEDIAN_GB * Math.exp(SIGMA * service.dice.normal(DRAW.instance, id, hashText(path, 31), 40));
    return Number(Math.min(diskGb * 0.9, drawn).toFixed(3));
  };

  /** Both ends pay for what went through. */
  const finish = (id: number, atMs: number, share: number) => {
    const copy = running.get(id);
    if (!copy) return;
    running.delete(id);
    const { from, to } = copy;
    const isWhole = share >= 1 && ends(from, to).every(isThere);
    const gb = copy.gb * share;
    if (!isWithinMachine(from, to)) {
      if (from) bill(fleet, from, 'bwu', gb, from.terms.uploadPricePerGb, atMs);
      if (to) bill(fleet, to, 'bwd', gb, to.terms.downloadPricePerGb, atMs);
    }
    for (const instance of ends(from, to).filter(isThere)) {
      change(fleet, instance, atMs, isWhole ? 'copied' : 'copy_cut_off', {}, { copy_id: id, gb });
    }
  };

  const copy = (call: Call): Response => {
    const { body, nowMs } = call;
    const from = endOf(call, textOf(body, 'src_id'));
    const to = endOf(call, textOf(body, 'dst_id'));
    if (from.kind !== 'instance' && to.kind !== 'instance')
      throw invalidArgs('one end of a copy must be an instance');
    const sourcePath = pathOf(body, 'src_path');
    checkTarget(to, pathOf(body, 'dst_path'));
    if (from.kind === 'instance' && from.of.isVm && sourcePath !== '/') {
      throw new ApiError(400, 'invalid_args', 'src_path not supported VMs.');
    }
    const isRemote = begin(from, to, sourcePath, nowMs);
    return jsonReply({
      success: true,
      msg: isRemote ? 'The copy has begun.' : 'Copy by rsync over ssh to the address given.',
      ...(from.kind === 'instance' && { src_addr: addressOf(from.of), src_port: directoryPort(from.of) }),
      ...(to.kind === 'instance' && { dst_addr: addressOf(to.of), dst_port: directoryPort(to.of) }),
    });
  };

  const addressOf = (instance: Instance) =>
    fleet.insides.of(instance)?.sshHost ?? instance.hardware.public_ipaddr;

  const cancel = (call: Call): Response => {
    const id = textOf(call.body, 'dst_id') ?? textOf(call.body, 'instance_id');
    const end = endOf(call, id);
    if (end.kind !== 'instance') throw invalidArgs('dst_id is missing; give the instance that is copied to');
    for (const each of running.values()) {
      if (each.to !== end.of && !(each.to === undefined && each.from === end.of)) continue;
      each.planned.cancel();
      const share = (call.nowMs - each.startMs) / (each.endMs - each.startMs);
      finish(each.id, call.nowMs, Math.min(0.999, Math.max(0, share)));
    }
    return jsonReply({ success: true, msg: 'Copies to it have been cancelled.' });
  };

  const cloudCopy = (call: Call): Response => {
    const { body } = call;
    const end = endOf(call, textOf(body, 'instance_id'));
    if (end.kind !== 'instance') throw invalidArgs('instance_id is missing');
    if (!textOf(body, 'selected')) throw invalidArgs('selected is missing; give a cloud connection');
    const transfer = textOf(body, 'transfer') ?? 'Instance To Cloud';
    const isUp = /^instance to cloud$/i.test(transfer);
    if (!isUp && !/^cloud to instance$/i.test(transfer)) {
      throw invalidArgs(`transfer is "${transfer}", not Instance To Cloud or Cloud To Instance`);
    }
    const cloud: End = { kind: 'cloud' };
    if (!isUp) checkTarget(end, pathOf(body, 'dst'));
    begin(isUp ? end : cloud, isUp ? cloud : end, pathOf(body, 'src'), call.nowMs);
    const url = results.keep(call.request, end.of.id, `${transfer}: begun\n`, call.nowMs);
    return jsonReply({ success: true, msg: 'Cloud copy has begun.', result_url: url });
  };

  const route = (
    method: Route['method'],
    command: string,
    summary: string,
    handle: (call: Call) => Response,
  ): Route => ({ method, path: `/api/v0/commands/${command}`, scope: 'instance_write', summary, handle });

  return [
    route('PUT', 'copy_direct', 'Copies between instances, or says where to copy from or to.', copy),
    route('DELETE', 'copy_direct', 'Cancels copies to the instance `dst_id`.', cancel),
    route('PUT', 'rsync', 'The same where one end is the caller’s computer and has no id.', copy),
    route('DELETE', 'rsync', 'Cancels copies to the instance `dst_id`.', cancel),
    route('POST', 'rclone', 'Copies between an instance and a cloud connection.', cloudCopy),
    route('DELETE', 'rclone', 'Cancels copies of the instance `dst_id`.', cancel),
  ];
}

function ends(from: Instance | undefined, to: Instance | undefined): readonly Instance[] {
  return [...new Set([from, to])].filter((end) => end !== undefined);
}

function isWithinMachine(from: Instance | undefined, to: Instance | undefined): boolean {
  return from !== undefined && from.machine === to?.machine;
}

function durationMs(from: Instance | undefined, to: Instance | undefined, gb: number): number {
  if (from && isWithinMachine(from, to)) return (gb * 1_000_000) / from.hardware.disk_bw;
  const up = from?.hardware.inet_up ?? Number.POSITIVE_INFINITY;
  const down = to?.hardware.inet_down ?? Number.POSITIVE_INFINITY;
  return (gb * 8_000_000) / (Math.min(up, down) * LINE_SHARE);
}

function pathOf(body: Body, name: string): string {
  const path = textOf(body, name);
  if (path === undefined || path === '') throw invalidArgs(`${name} is missing`);
  return path;
}

/** Copies over the whole system or its home break the instance; the service forbids them. */
function checkTarget(to: End, path: string): void {
  if (to.kind !== 'instance' || to.of.isVm) return;
  const bare = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (FORBIDDEN_TARGETS.includes(bare === '' ? '/' : bare)) {
    throw invalidArgs(`${path} must not be copied over; choose a folder such as /workspace`);
  }
}
