// A template: what an instance is made from when its request names one. Its hash is made of its content, so that the
// same content always has the same hash, and an edit gives another.
import { createHash } from 'node:crypto';
import { ApiError } from '../../api/api-error.ts';
import { booleanOf, numberOf, textOf } from '../../api/read-body.ts';
import type { Call } from '../../api/route.ts';

export const TEMPLATE_RUNTYPES = ['ssh', 'jupyter', 'args'] as const;
export type TemplateRuntype = (typeof TEMPLATE_RUNTYPES)[number];

/** What counts for the hash. `env` is a string of docker's flags: `-e A=b -p 80:80`. */
export interface TemplateContent {
  readonly name: string;
  readonly image: string;
  readonly tag: string | null;
  readonly href: string | null;
  readonly repo: string | null;
  readonly env: string | null;
  readonly onstart: string | null;
  readonly runtype: TemplateRuntype;
  readonly argsStr: string | null;
  readonly isSshDirect: boolean;
  readonly isJupyterDirect: boolean;
  readonly usesSsh: boolean;
  readonly usesJupyterLab: boolean;
  readonly jupyterDir: string | null;
  readonly dockerLoginRepo: string | null;
  readonly dockerLoginUser: string | null;
  readonly dockerLoginPass: string | null;
  readonly extraFilters: unknown;
  readonly diskGb: number;
  readonly desc: string | null;
  readonly readme: string | null;
  readonly isReadmeVisible: boolean;
  readonly isPrivate: boolean;
  readonly volumeInfo: unknown;
}

export interface Template {
  readonly id: number;
  readonly creatorId: number;
  readonly createdMs: number;
  /** Accounts that made or linked it. */
  readonly userIds: Set<number>;
  readonly isRecommended: boolean;
  content: TemplateContent;
  /** Instances made from it. */
  useCount: number;
  lastUsedMs: number | undefined;
  isDeleted: boolean;
}

const DEFAULT_DISK_GB = 8;
const LONGEST_NAME = 256;
const LONGEST_IMAGE = 1_024;
const LONGEST_ONSTART = 16_384;
const LONGEST_ENV = 32_768;

const DEFAULTS: TemplateContent = {
  name: '',
  image: '',
  tag: null,
  href: null,
  repo: null,
  env: null,
  onstart: null,
  runtype: 'args',
  argsStr: null,
  isSshDirect: false,
  isJupyterDirect: false,
  usesSsh: false,
  usesJupyterLab: false,
  jupyterDir: null,
  dockerLoginRepo: null,
  dockerLoginUser: null,
  dockerLoginPass: null,
  extraFilters: null,
  diskGb: DEFAULT_DISK_GB,
  desc: null,
  readme: null,
  isReadmeVisible: true,
  isPrivate: false,
  volumeInfo: null,
};

/** 32 hex digits. */
export function hashOf(content: TemplateContent): string {
  return createHash('md5').update(JSON.stringify(content)).digest('hex');
}

/** The content that the body describes; what it leaves out or null is as in `base`. Throws ApiError 400. */
export function contentOf(body: Call['body'], base: TemplateContent = DEFAULTS): TemplateContent {
  const text = (name: string, fallback: string | null) => textOf(body, name) ?? fallback;
  const flag = (name: string, fallback: boolean) => booleanOf(body, name) ?? fallback;
  const runtype = textOf(body, 'runtype') ?? base.runtype;
  const content: TemplateContent = {
    name: textOf(body, 'name')?.trim() ?? base.name,
    image: textOf(body, 'image')?.trim() ?? base.image,
    tag: text('tag', base.tag),
    href: text('href', base.href),
    repo: text('repo', base.repo),
    env: text('env', base.env),
    onstart: text('onstart', base.onstart),
    runtype: TEMPLATE_RUNTYPES.find((each) => each === runtype) ?? refuse(`runtype ${runtype} is unknown`),
    argsStr: text('args_str', base.argsStr),
    isSshDirect: flag('ssh_direct', base.isSshDirect),
    isJupyterDirect: flag('jup_direct', base.isJupyterDirect),
    usesSsh: flag('use_ssh', base.usesSsh),
    usesJupyterLab: flag('use_jupyter_lab', base.usesJupyterLab),
    jupyterDir: text('jupyter_dir', base.jupyterDir),
    dockerLoginRepo: text('docker_login_repo', base.dockerLoginRepo),
    dockerLoginUser: text('docker_login_user', base.dockerLoginUser),
    dockerLoginPass: text('docker_login_pass', base.dockerLoginPass),
    extraFilters: body.extra_filters ?? base.extraFilters,
    diskGb: numberOf(body, 'recommended_disk_space') ?? base.diskGb,
    desc: text('desc', base.desc),
    readme: text('readme', base.readme),
    isReadmeVisible: flag('readme_visible', base.isReadmeVisible),
    isPrivate: flag('private', base.isPrivate),
    volumeInfo: body.volume_info ?? base.volumeInfo,
  };
  if (content.name === '') refuse('a template needs a name');
  if (content.image === '') refuse('a template needs an image');
  shorterThan('name', content.name, LONGEST_NAME);
  shorterThan('image', content.image, LONGEST_IMAGE);
  shorterThan('onstart', content.onstart, LONGEST_ONSTART);
  shorterThan('env', content.env, LONGEST_ENV);
  if (content.diskGb < 0) refuse(`recommended_disk_space is ${content.diskGb}`);
  return content;
}

/** A row of the listing; the registry's password never leaves. */
export function templateRow(template: Template): Readonly<Record<string, unknown>> {
  const { content } = template;
  return {
    id: template.id,
    creator_id: template.creatorId,
    created_at: template.createdMs / 1_000,
    count_created: template.useCount,
    recent_create_date: template.lastUsedMs === undefined ? null : template.lastUsedMs / 1_000,
    recommended: template.isRecommended,
    hash_id: hashOf(content),
    name: content.name,
    image: content.image,
    tag: content.tag,
    default_tag: content.tag ?? 'latest',
    href: content.href,
    repo: content.repo,
    env: content.env,
    onstart: content.onstart,
    runtype: content.runtype,
    args_str: content.argsStr,
    ssh_direct: content.isSshDirect,
    jup_direct: content.isJupyterDirect,
    use_ssh: content.usesSsh,
    use_jupyter_lab: content.usesJupyterLab,
    jupyter_dir: content.jupyterDir,
    docker_login_repo: content.dockerLoginRepo,
    docker_login_user: content.dockerLoginUser,
    docker_login_pass: content.dockerLoginPass === null ? null : '********',
    extra_filters: content.extraFilters,
    recommended_disk_space: content.diskGb,
    desc: content.desc,
    readme: content.readme,
    readme_visible: content.isReadmeVisible,
    private: content.isPrivate,
    volume_info: content.volumeInfo,
  };
}

function shorterThan(name: string, text: string | null, most: number): void {
  if (text !== null && text.length > most) refuse(`${name} has ${text.length} characters, ${most} at most`);
}

function refuse(what: string): never {
  throw new ApiError(400, 'invalid_args', `error 400/3467: Invalid args: ${what}`);
}
