// What it takes to rent an offer, in our words and in those of the official client: nothing is sent that was not asked
// for, since the service takes some nulls and falses for a wish.
import { Secret } from '../../base/std/index.ts';
import { malformed, objectOf } from './answer-fields.ts';
import type { AnswerFacts } from './api-call.ts';
import { isId } from './decode-fields.ts';
import { InvalidRequestError } from './errors.ts';
import type { InstanceId } from './instance.ts';
import { knownId, positive } from './request-figures.ts';

/** A port of the container to open on the machine; from 70000 on the machine opens the same number. */
export interface PortWish {
  readonly port: number;
  /** Default `tcp`. */
  readonly protocol?: 'tcp' | 'udp';
}

/** Disk that outlives the instance: of a volume of the account, or of a new one on the machine's volume offer. */
export type VolumeWish =
  | { readonly mountPath: string; readonly volumeId: number }
  | {
      readonly mountPath: string;
      readonly offerId: number;
      /** Whole GB. */
      readonly sizeGb: number;
      readonly name?: string;
    };

/** An image or a template is needed; what is given beside a template wins over it. */
export interface CreateInstance {
  readonly image?: string;
  readonly templateHashId?: string;
  /** At most 256 characters. */
  readonly label?: string;
  /** Fixed for its life; at least 8. Default 10, or what the template says. */
  readonly diskGb?: number;
  /** `args` starts the image's own entry point. Default `ssh`, or what the template says. */
  readonly runtype?: 'ssh' | 'jupyter' | 'args';
  /** How SSH and Jupyter are reached: by ports of the machine with the proxy beside them (default), or by the proxy alone. */
  readonly access?: 'direct' | 'proxy';
  /** Dollars an hour for the whole instance: makes it interruptible. Left out, it is rented at the offer's price. */
  readonly bidPerHour?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly PortWish[];
  /** The container's name for itself. */
  readonly hostname?: string;
  /** Shell commands; at most 4,048 characters. */
  readonly onstart?: string;
  /** Arguments of the entry point; only with `args`. */
  readonly args?: readonly string[];
  /** `-u user -p token docker.io`, for a private registry. */
  readonly imageLogin?: Secret;
  readonly jupyterDir?: string;
  /** Default false. */
  readonly usesJupyterLab?: boolean;
  /** Default `running`. */
  readonly targetState?: 'running' | 'stopped';
  /**
   * What happens when the GPUs are taken: an error (default), or a stopped instance that waits for them and whose disk
   * is billed meanwhile.
   */
  readonly whenTaken?: 'fail' | 'wait';
  /** Default false. */
  readonly isVirtualMachine?: boolean;
  readonly volume?: VolumeWish;
}

export interface CreatedInstance {
  readonly instanceId: InstanceId;
  /** Opens this instance alone, to start, stop and destroy it; undefined when the service gave none. */
  readonly instanceKey: Secret | undefined;
}

const DEFAULT_DISK_GB = 10;

/** `direc` is how the service spells it. */
const RUNTYPE_WORDS = {
  ssh: { direct: 'ssh_direc ssh_proxy', proxy: 'ssh_proxy' },
  jupyter: { direct: 'jupyter_direc ssh_direc ssh_proxy', proxy: 'jupyter_proxy ssh_proxy' },
  args: { direct: 'args', proxy: 'args' },
} as const;

/** Throws InvalidRequestError for a figure that JSON turns into null: a bid of null is rented at any price. */
export function toCreateBody(request: CreateInstance): Readonly<Record<string, unknown>> {
  const { image, templateHashId, label, onstart, args, jupyterDir, targetState, volume } = request;
  const hasTemplate = templateHashId !== undefined;
  if (image === undefined && !hasTemplate) {
    throw new InvalidRequestError('A rental needs an image or a template; give image or templateHashId');
  }
  const runtype = request.runtype ?? (hasTemplate ? undefined : 'ssh');
  if (args !== undefined && runtype !== 'args') {
    throw new InvalidRequestError('args are for the runtype args; give it, or leave them out');
  }
  const diskGb = request.diskGb ?? (hasTemplate ? undefined : DEFAULT_DISK_GB);
  return {
    client_id: 'me',
    ...(image !== undefined && { image }),
    env: envOf(request),
    ...(request.bidPerHour !== undefined && { price: positive('bidPerHour', request.bidPerHour) }),
    ...(diskGb !== undefined && { disk: positive('diskGb', diskGb) }),
    ...(label !== undefined && { label }),
    ...(onstart !== undefined && { onstart }),
    ...(request.imageLogin && { image_login: request.imageLogin.reveal() }),
    ...(request.usesJupyterLab === true && { use_jupyter_lab: true }),
    ...(jupyterDir !== undefined && { jupyter_dir: jupyterDir }),
    cancel_unavail: request.whenTaken !== 'wait',
    ...(hasTemplate && { template_hash_id: templateHashId }),
    ...(runtype !== undefined && { runtype: RUNTYPE_WORDS[runtype][request.access ?? 'direct'] }),
    ...(args !== undefined && { args }),
    ...(targetState !== undefined && { target_state: targetState }),
    ...(request.isVirtualMachine === true && { vm: true }),
    ...(volume && { volume_info: volumeOf(volume) }),
  };
}

/** Variables with docker's flags among them, as the official client sends them. */
export function envOf({
  env = {},
  ports = [],
  hostname,
}: Pick<CreateInstance, 'env' | 'ports' | 'hostname'>): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  for (const { port, protocol = 'tcp' } of ports) {
    if (!Number.isInteger(port) || port < 1) {
      throw new InvalidRequestError(`${port} is no port; give whole numbers above 0`);
    }
    flags[`-p ${port}:${port}${protocol === 'udp' ? '/udp' : ''}`] = '1';
  }
  return { ...flags, ...env, ...(hostname !== undefined && { '-h': hostname }) };
}

function volumeOf(wish: VolumeWish): Readonly<Record<string, unknown>> {
  const { mountPath } = wish;
  if ('volumeId' in wish) {
    return { mount_path: mountPath, create_new: false, volume_id: knownId('volumeId', wish.volumeId) };
  }
  return {
    mount_path: mountPath,
    create_new: true,
    volume_id: knownId('offerId', wish.offerId),
    ...(wish.name !== undefined && { name: wish.name }),
    size: positive('sizeGb', wish.sizeGb),
  };
}

/** Reads the answer of a create. Throws MalformedAnswerError: then it may have happened. */
export function createdInstanceOf(json: unknown, answer: AnswerFacts): CreatedInstance {
  const { new_contract: contract, instance_api_key: key } = objectOf(json, answer);
  // One published description types it as a text.
  const instanceId = typeof contract === 'string' ? Number(contract) : contract;
  if (!isId(instanceId)) throw malformed('the id of the new instance', answer);
  return {
    instanceId: instanceId as InstanceId,
    instanceKey: typeof key === 'string' && key !== '' ? new Secret(key) : undefined,
  };
}
