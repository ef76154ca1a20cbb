// vastdeck.yaml of the home, read, judged as a whole, and handed on as plain data.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret } from '../../../base/std/index.ts';
import { type Finding, readYaml, valueAt, type YamlText } from '../../../base/yaml/index.ts';
import type { NotifyOptions } from '../../../net/notify/index.ts';
import type { TrainingOptions } from '../../../rent/training/index.ts';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { settingFindings } from './setting-findings.ts';
import { type VastdeckYamlShape, vastdeckYamlSchema } from './yaml-schema.ts';

export interface VastdeckYaml {
  readonly path: string;
  /** False where there is no such file: everything is at its default then. */
  readonly isPresent: boolean;
  readonly notify: NotifyOptions;
  readonly training: TrainingOptions;
  readonly logs: VastdeckYamlShape['logs'];
  readonly groups: VastdeckYamlShape['groups'];
  readonly thresholds: VastdeckYamlShape['thresholds'];
  /** Whoever knows it can pretend that the daemon is well. */
  readonly heartbeatUrl: Secret | undefined;
  /** Undefined fields are not set. */
  readonly daemon: { readonly port: number | undefined; readonly listen: string | undefined };
}

/**
 * Only of the home: a file in the folder where somebody happens to stand may come with a stranger's repository, and would
 * decide who is told of his machines. Throws a UsageError with all faults and their lines.
 */
export function readVastdeckYaml(config: Pick<Config, 'home' | 'secretNamed'>): VastdeckYaml {
  const path = vastdeckYamlPath(config);
  const text = readText(path);
  const { notify, heartbeat_url: heartbeatUrl, daemon, ...rest } = judged(path, text ?? '');
  return {
    ...rest,
    path,
    isPresent: text !== undefined,
    notify: withPasswords(notify, config),
    heartbeatUrl,
    daemon: { port: daemon.port, listen: daemon.listen },
  };
}

export function vastdeckYamlPath({ home }: Pick<Config, 'home'>): string {
  return join(home.value, 'vastdeck.yaml');
}

/** Undefined where there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`${path} cannot be read (${message}); mend its permissions, or move it away`);
  }
}

function judged(path: string, text: string): VastdeckYamlShape {
  const yaml = readYaml(text);
  const input = withoutEmptySections(yaml.value);
  if (yaml.value === undefined) throw faulty(path, yaml, []);
  const parsed = vastdeckYamlSchema.safeParse(input);
  const findings = [
    ...(parsed.success ? [] : settingFindings(parsed.error.issues, input)),
    ...openPasswords(path, input),
  ];
  if (!parsed.success || findings.length > 0 || yaml.faults.length > 0) throw faulty(path, yaml, findings);
  return parsed.data;
}

function faulty(path: string, yaml: YamlText, findings: readonly Finding[]): UsageError {
  const lines = yaml
    .place(findings)
    .map(({ line, column, sentence }) => `  ${path}:${line}:${column}: ${sentence}`);
  return new UsageError(`${path} cannot be used; mend it, or move it away:\n${lines.join('\n')}`);
}

/** `notify:` with nothing below it is none, as is a file of comments alone. */
function withoutEmptySections(value: unknown): unknown {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, section]) => section !== null));
}

/** A password in clear is for the eyes of the file's owner alone. */
function openPasswords(path: string, input: unknown): readonly Finding[] {
  const channels = valueAt(input, ['notify', 'channels']);
  if (typeof channels !== 'object' || channels === null || !isReadByOthers(path)) return [];
  return Object.keys(channels)
    .filter((name) => valueAt(channels, [name, 'password']) !== undefined)
    .map((name) => ({
      path: ['notify', 'channels', name, 'password'],
      at: 'key',
      sentence: `notify.channels.${name}.password stands here in clear, and others may read the file: run chmod 600 ${path}, or name it by passwordEnv or passwordFile`,
    }));
}

function isReadByOthers(path: string): boolean {
  // Windows has no such bits.
  if (process.platform === 'win32') return false;
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
}

/** A variable that is not set is no fault of the file: the channel says so when it is used. */
function withPasswords(notify: NotifyOptions, { secretNamed }: Pick<Config, 'secretNamed'>): NotifyOptions {
  const channels = Object.entries(notify.channels).map(([name, channel]) => {
    if (channel.type !== 'email' || channel.passwordEnv === undefined) return [name, channel] as const;
    const password = secretNamed(channel.passwordEnv);
    return [name, password === undefined ? channel : { ...channel, password }] as const;
  });
  return { ...notify, channels: Object.fromEntries(channels) };
}
