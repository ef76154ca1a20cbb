// Copies between instances and volumes, to and from the caller's own computer, and to and from cloud storage, as they are
// asked for; what becomes of them is in copy-runs.ts.
import { ApiError } from '../api/api-error.ts';
import { type Body, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { publicAddress } from '../market/offer-row.ts';
import type { CopyRuns } from './copy-runs.ts';
import { type CopySite, instanceSite, volumeSite } from './copy-sites.ts';
import type { Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import { directoryPort } from './instance-row.ts';
import { findOwn } from './own-instance.ts';
import { invalidArgs } from './rent-request.ts';
import type { Results } from './results.ts';

/** `instance` where it is one. */
type End =
  | { readonly kind: 'local' }
  | { readonly kind: 'cloud' }
  | { readonly kind: 'here'; readonly site: CopySite; readonly instance?: Instance };

const FORBIDDEN_TARGETS = ['/', '/root'];

export function copyRoutes(fleet: Fleet, results: Results, runs: CopyRuns): readonly Route[] {
  const endOf = (call: Call, id: string | undefined): End => {
    if (id === undefined || id === '' || id === 'local') return { kind: 'local' };
    if (/^(C\.)?\d+$/.test(id)) {
      const of = findOwn(fleet, call, id);
      if (of) return { kind: 'here', site: instanceSite(fleet, of), instance: of };
      throw new ApiError(
        404,
        'no_such_instance',
        `error 404/3601: no_such_instance Instance ${id} not found.`,
      );
    }
    if (/^V\.\d+$/.test(id)) {
      const volume = fleet.volumes?.get(call.caller.account, Number(id.slice(2)));
      if (volume) return { kind: 'here', site: volumeSite(fleet, volume) };
    }
    if (/^[a-z0-9_]+\.\d+$/i.test(id)) return { kind: 'cloud' };
    throw invalidArgs(`"${id}" is no instance, volume, cloud connection, or local`);
  };

  const copy = async (call: Call): Promise<Response> => {
    const { body, nowMs } = call;
    const from = endOf(call, textOf(body, 'src_id'));
    const to = endOf(call, textOf(body, 'dst_id'));
    if (from.kind !== 'here' && to.kind !== 'here')
      throw invalidArgs('one end of a copy must be an instance or a volume');
    const fromPath = pathOf(body, 'src_path');
    const toPath = pathOf(body, 'dst_path');
    checkTarget(to, toPath);
    if (from.kind === 'here' && from.instance?.isVm && fromPath !== '/')
      throw new ApiError(400, 'invalid_args', 'src_path not supported VMs.');
    // What comes from or goes to the caller runs over SSH, and is billed there.
    const isRemote = from.kind !== 'local' && to.kind !== 'local';
    if (isRemote) await runs.begin({ from: siteOf(from), to: siteOf(to), fromPath, toPath }, nowMs);
    return jsonReply({
      success: true,
      msg: isRemote ? 'The copy has begun.' : 'Copy by rsync over ssh to the address given.',
      ...(from.kind === 'here' && { src_addr: addressOf(from), src_port: directoryPort(from.site.machine) }),
      ...(to.kind === 'here' && { dst_addr: addressOf(to), dst_port: directoryPort(to.site.machine) }),
    });
  };

  const addressOf = ({ instance, site }: End & { readonly kind: 'here' }) =>
    (instance && fleet.insides.of(instance)?.sshHost) ?? publicAddress(site.machine);

  const cancel = (call: Call): Response => {
    const id = textOf(call.body, 'dst_id') ?? textOf(call.body, 'instance_id');
    const end = endOf(call, id);
    if (end.kind !== 'here') throw invalidArgs('dst_id is missing; give the instance that is copied to');
    const isIt = (site: CopySite | undefined) =>
      site?.place.kind === end.site.place.kind && site.place.id === end.site.place.id;
    runs.cancel(call.nowMs, ({ from, to }) => isIt(to) || (to === undefined && isIt(from)));
    return jsonReply({ success: true, msg: 'Copies to it have been cancelled.' });
  };

  const cloudCopy = async (call: Call): Promise<Response> => {
    const { body } = call;
    const end = endOf(call, textOf(body, 'instance_id'));
    if (end.kind !== 'here') throw invalidArgs('instance_id is missing');
    if (!textOf(body, 'selected')) throw invalidArgs('selected is missing; give a cloud connection');
    const transfer = textOf(body, 'transfer') ?? 'Instance To Cloud';
    const isUp = /^instance to cloud$/i.test(transfer);
    if (!isUp && !/^cloud to instance$/i.test(transfer)) {
      throw invalidArgs(`transfer is "${transfer}", not Instance To Cloud or Cloud To Instance`);
    }
    const [fromPath, toPath] = [pathOf(body, 'src'), isUp ? '' : pathOf(body, 'dst')];
    if (!isUp) checkTarget(end, toPath);
    await runs.begin({ [isUp ? 'from' : 'to']: end.site, fromPath, toPath }, call.nowMs);
    const url = results.keep(call.request, end.site.place.id, `${transfer}: begun\n`, call.nowMs);
    return jsonReply({ success: true, msg: 'Cloud copy has begun.', result_url: url });
  };

  const route = (
    method: Route['method'],
    command: string,
    summary: string,
    handle: (call: Call) => Response | Promise<Response>,
  ): Route => ({ method, path: `/api/v0/commands/${command}`, scope: 'instance_write', summary, handle });

  return [
    route(
      'PUT',
      'copy_direct',
      'Copies between instances and volumes as `rsync -a` does, or says where to copy from or to.',
      copy,
    ),
    route(
      'DELETE',
      'copy_direct',
      'Cancels copies to the instance or volume `dst_id`; files that have arrived whole stay.',
      cancel,
    ),
    route('PUT', 'rsync', 'The same where one end is the caller’s computer and has no id.', copy),
    route(
      'DELETE',
      'rsync',
      'Cancels copies to the instance or volume `dst_id`; files that have arrived whole stay.',
      cancel,
    ),
    route('POST', 'rclone', 'Copies between an instance and a cloud connection.', cloudCopy),
    route('DELETE', 'rclone', 'Cancels copies of the instance `dst_id`.', cancel),
  ];
}

function siteOf(end: End): CopySite | undefined {
  return end.kind === 'here' ? end.site : undefined;
}

function pathOf(body: Body, name: string): string {
  const path = textOf(body, name);
  if (path === undefined || path === '') throw invalidArgs(`${name} is missing`);
  return path;
}

/** Copies over the whole system or its home break the instance; the service forbids them. */
function checkTarget(to: End, path: string): void {
  if (to.kind !== 'here' || !to.instance || to.instance.isVm) return;
  const bare = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (FORBIDDEN_TARGETS.includes(bare === '' ? '/' : bare)) {
    throw invalidArgs(`${path} must not be copied over; choose a folder such as /workspace`);
  }
}
