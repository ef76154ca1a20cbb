// What a request to rent asks for: its fields read and checked, a template below them. Null counts as not given, since
// the official client sends null for everything that its user left out.
import { posix } from 'node:path';
import { ApiError } from '../api/api-error.ts';
import { type Body, booleanOf, numberOf, textOf } from '../api/read-body.ts';
import { type Env, parseFlags, readEnv } from './docker-flags.ts';
import type { Launch } from './instance.ts';
import type { VolumeWish } from './mounts.ts';
import { readRuntype } from './runtype.ts';

/** What a template brings; whatever the request says itself counts more. */
export interface RentTemplate {
  readonly id: number;
  readonly hashId: string;
  readonly name: string;
  /** With its tag. */
  readonly image: string;
  /** Docker flags as text. */
  readonly env: string | null;
  readonly onstart: string | null;
  readonly runtype: string | null;
  readonly args: readonly string[];
  readonly jupyterDir: string | null;
  readonly isJupyterLab: boolean;
  readonly imageLogin: string | null;
  readonly diskGb: number | null;
  /** To be called when an instance was made from it. */
  readonly used: (atMs: number) => void;
}

/** Undefined when there is none, or the caller may not see it. */
export type FindTemplate = (
  key: { readonly hashId: string } | { readonly id: number },
  accountId: number,
) => RentTemplate | undefined;

export interface RentRequest {
  readonly launch: Launch;
  readonly template: RentTemplate | undefined;
  readonly label: string | null;
  readonly diskGb: number;
  /** The bid for the whole instance; undefined rents on demand. */
  readonly bidPerHour: number | undefined;
  readonly target: 'running' | 'stopped';
  /** Whether nothing is to be rented when the GPUs are taken. */
  readonly cancelsUnavailable: boolean;
  readonly isVm: boolean;
  readonly volume: VolumeWish | undefined;
}

const LEAST_DISK_GB = 8;
/** What an instance gets that names no size; the official client sends 10. */
const DEFAULT_DISK_GB = 8;
/** What a new volume gets whose size is not said. */
const DEFAULT_VOLUME_GB = 15;
const LONGEST_IMAGE = 1_024;
const LONGEST_LABEL = 256;
const LONGEST_ONSTART = 4_048;
const LONGEST_COMMANDS = 4_096;
const LEAST_PRICE = 0.001;
const MOST_PRICE = 128;

export function invalidArgs(what: string): ApiError {
  return new ApiError(400, 'invalid_args', `error 400/3467: Invalid args: ${what}.`);
}

/** Throws ApiError 400 for anything that the service would not take. */
export function readRentRequest(body: Body, find: FindTemplate, accountId: number): RentRequest {
  const template = templateOf(body, find, accountId);
  const args = argsOf(body) ?? template?.args ?? [];
  const ownOnstart = textOf(body, 'onstart') ?? null;
  checkLength('onstart', ownOnstart, LONGEST_ONSTART);
  // A template's own script may be longer than one that comes with the request.
  const commands = (ownOnstart ?? '').length + (argsOf(body) ?? []).join(' ').length;
  if (commands > LONGEST_COMMANDS) {
    throw invalidArgs(
      `args and onstart have ${commands} characters together; at most ${LONGEST_COMMANDS} are allowed`,
    );
  }
  const onstart = ownOnstart ?? template?.onstart ?? null;
  const bidPerHour = bidOf(body);
  const target = targetOf(body);
  const label = textOf(body, 'label') ?? null;
  if (label !== null && label.length > LONGEST_LABEL) throw labelTooLong(label, LONGEST_LABEL);
  return {
    template,
    launch: {
      image: imageOf(body, template),
      env: envOf(body, template),
      onstart,
      args,
      runtype: readRuntype(
        textOf(body, 'runtype') ?? template?.runtype ?? (argsOf(body) === undefined ? 'ssh' : 'args'),
      ),
      templateId: template?.id ?? null,
      templateHashId: template?.hashId ?? null,
      templateName: template?.name ?? null,
      imageLogin: textOf(body, 'image_login') ?? template?.imageLogin ?? null,
      jupyterDir: textOf(body, 'jupyter_dir') ?? template?.jupyterDir ?? null,
      // The client always sends false where its user said nothing: false over a template's true means nothing.
      isJupyterLab: booleanOf(body, 'use_jupyter_lab') === true || template?.isJupyterLab === true,
      dockerUser: textOf(body, 'user') ?? null,
      extra: textOf(body, 'extra') ?? null,
    },
    label,
    diskGb: diskOf(body, template),
    bidPerHour,
    target,
    cancelsUnavailable:
      booleanOf(body, 'cancel_unavail') ?? (bidPerHour === undefined && target === 'running'),
    isVm: booleanOf(body, 'vm') ?? false,
    volume: volumeOf(body),
  };
}

function templateOf(body: Body, find: FindTemplate, accountId: number): RentTemplate | undefined {
  const hashId = textOf(body, 'template_hash_id');
  const id = numberOf(body, 'template_id');
  if (hashId === undefined && id === undefined) return undefined;
  const template = find(hashId === undefined ? { id: id as number } : { hashId }, accountId);
  if (!template) throw invalidArgs(`there is no template ${hashId ?? String(id)}`);
  return template;
}

function imageOf(body: Body, template: RentTemplate | undefined): string {
  const given = textOf(body, 'image');
  const image = given === undefined || given === '' ? template?.image : given;
  if (image === undefined) throw invalidArgs('image is missing; give one, or a template');
  checkLength('image', image, LONGEST_IMAGE);
  return image;
}

/** Keys of the request win over those of the template. */
function envOf(body: Body, template: RentTemplate | undefined): Env {
  return { ...(template?.env ? parseFlags(template.env) : {}), ...readEnv(body.env) };
}

function diskOf(body: Body, template: RentTemplate | undefined): number {
  const diskGb = numberOf(body, 'disk') ?? Math.max(LEAST_DISK_GB, template?.diskGb ?? DEFAULT_DISK_GB);
  if (diskGb < LEAST_DISK_GB) throw invalidArgs(`disk is ${diskGb} GB; the least is ${LEAST_DISK_GB}`);
  return diskGb;
}

function bidOf(body: Body): number | undefined {
  const price = numberOf(body, 'price');
  if (price === undefined) return undefined;
  checkPrice(price, MOST_PRICE);
  return price;
}

export function checkPrice(price: number, most: number): void {
  if (price >= LEAST_PRICE && price <= most) return;
  throw new ApiError(
    400,
    'invalid_price',
    `error 400/3470: Invalid price: ${price} is not between ${LEAST_PRICE} and ${most} dollars an hour.`,
  );
}

function targetOf(body: Body): 'running' | 'stopped' {
  const target = textOf(body, 'target_state') ?? 'running';
  if (target === 'running' || target === 'stopped') return target;
  throw invalidArgs(`target_state is "${target}", not running or stopped`);
}

function argsOf(body: Body): readonly string[] | undefined {
  const { args } = body;
  if (Array.isArray(args)) return args.map((arg: unknown) => String(arg));
  const text = textOf(body, 'args_str');
  return text === undefined || text === '' ? undefined : text.trim().split(/\s+/);
}

function volumeOf(body: Body): VolumeWish | undefined {
  const info = body.volume_info;
  if (info === undefined || info === null) return undefined;
  if (typeof info !== 'object' || Array.isArray(info)) throw invalidArgs('volume_info is not an object');
  const fields = info as Body;
  const mountPath = fields.mount_path;
  if (typeof mountPath !== 'string' || !mountPath.startsWith('/')) {
    throw invalidArgs(`volume_info.mount_path is ${JSON.stringify(mountPath)}, not an absolute path`);
  }
  if (posix.normalize(mountPath).replace(/\/+$/, '') === '')
    throw invalidArgs('volume_info.mount_path is the root; give a folder such as /data');
  const id = numberOf(fields, 'volume_id');
  if (id === undefined) throw invalidArgs('volume_info.volume_id is missing');
  return {
    id,
    isNew: booleanOf(fields, 'create_new') ?? false,
    sizeGb: numberOf(fields, 'size') ?? DEFAULT_VOLUME_GB,
    name: textOf(fields, 'name') ?? null,
    mountPath,
  };
}

export function labelTooLong(label: string, most: number): ApiError {
  return new ApiError(
    400,
    'label_too_long',
    `The label has ${label.length} characters; at most ${most} are allowed.`,
  );
}

function checkLength(name: string, text: string | null, most: number): void {
  if (text !== null && text.length > most) {
    throw invalidArgs(`${name} has ${text.length} characters; at most ${most} are allowed`);
  }
}
