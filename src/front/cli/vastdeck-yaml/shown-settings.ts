// What vastdeck.yaml sets, a line each, for `config show`: with its place, and without what is kept like a password.
import { readYaml, type YamlText } from '../../../base/yaml/index.ts';
import type { Config } from '../config.ts';
import { readText, vastdeckYamlPath } from './read-vastdeck-yaml.ts';

/** A type and not an interface: it is printed as a row, which may have any key. */
export type ShownSetting = {
  /** `notify.channels.phone.type` */
  readonly name: string;
  readonly value: string;
  /** The file and the line. */
  readonly source: string;
};

/** Fields of a channel that say nothing to a stranger; what is not here is not shown. */
const OPEN_FIELDS = new Set([
  'type',
  'server',
  'host',
  'port',
  'tls',
  'user',
  'from',
  'to',
  'passwordEnv',
  'passwordFile',
  'caFile',
  'program',
  'minSeverity',
  'kinds',
  'quietHours',
  'perMinute',
  'priority',
  'tags',
]);

const OPEN_SECTIONS = new Set(['notify', 'training', 'logs', 'groups', 'thresholds', 'daemon']);

const LIST_MAX = 12;

/** As written; of a file that is faulty too, as far as it can be read. Throws a UsageError where it cannot be opened. */
export function shownSettings(config: Pick<Config, 'home'>): readonly ShownSetting[] {
  const path = vastdeckYamlPath(config);
  const text = readText(path);
  if (text === undefined) return [];
  const yaml = readYaml(text);
  return leavesOf(yaml.value, []).map(({ path: at, value }) => ({
    name: at.map(String).join('.'),
    value: shownValue(at, value),
    source: `${path}:${lineOf(yaml, at)}`,
  }));
}

interface Leaf {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
}

/** Short lists of plain values are one line. */
function leavesOf(value: unknown, path: readonly PropertyKey[]): readonly Leaf[] {
  if (Array.isArray(value)) {
    const isPlain = value.every((each) => typeof each !== 'object' || each === null);
    if (isPlain && value.length <= LIST_MAX) return [{ path, value: value.map(String).join(', ') }];
    return value.flatMap((each, at) => leavesOf(each, [...path, at]));
  }
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key]));
  return value === null || value === undefined ? [] : [{ path, value }];
}

function lineOf(yaml: YamlText, path: readonly PropertyKey[]): number {
  return yaml.placeOf(path, typeof path.at(-1) === 'number' ? 'value' : 'key').line;
}

function shownValue([section, part, , field]: readonly PropertyKey[], value: unknown): string {
  if (section === 'heartbeat_url') return withoutPath(String(value));
  if (section === 'notify' && part === 'channels')
    return typeof field === 'string' && OPEN_FIELDS.has(field) ? String(value) : '****';
  // Under a misspelt name may stand what should be under another.
  return typeof section === 'string' && OPEN_SECTIONS.has(section) ? String(value) : '****';
}

/** Who has the whole address can say that the daemon is well. */
function withoutPath(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.protocol}//${url.host}/****` : '****';
}
