// Settings from flags, environment, `.env` and files, read once and handed on as plain data. All faults are
// reported together.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { LOG_LEVELS, type LogLevel, Secret } from '../../base/std/index.ts';
import { UsageError } from './errors.ts';
import type { Terminal } from './process.ts';

/** What .env.example has in place of a key. */
const PLACEHOLDER = 'YOUR_VAST_API_KEY';

export const DEFAULT_BASE_URL = 'https://console.vast.ai/api/v0';

/** A setting and where it came from, for `config show`. */
export interface Setting<T> {
  readonly value: T;
  readonly source: string;
}

export interface Config {
  /** All state lives below it. */
  readonly home: Setting<string>;
  readonly apiKey: Setting<Secret | undefined>;
  readonly baseUrl: Setting<string>;
  /** The market store: a folder. Undefined: the live one below home, else the simulated one. */
  readonly marketDir: Setting<string | undefined>;
  /** The state store: a file below home, or PostgreSQL. */
  readonly stateUrl: Setting<string>;
  /** What VW_DB says when it names a file that is not a folder of ours, for the sentence about importing. */
  readonly marketFile: string | undefined;
  readonly pollIntervalMs: Setting<number>;
  readonly timeoutMs: Setting<number>;
  readonly includeUnverified: Setting<boolean>;
  readonly filter: Setting<string>;
  readonly logLevel: Setting<LogLevel>;
  /** What a variable that a settings file names holds, in the environment or in `.env`. */
  readonly secretNamed: (name: string) => Secret | undefined;
}

interface Source {
  readonly name: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}

export function readConfig(terminal: Pick<Terminal, 'env' | 'cwd'>): Config {
  const faults: string[] = [];
  const dotEnv = join(terminal.cwd, '.env');
  const sources: Source[] = [
    { name: 'environment', values: terminal.env },
    { name: dotEnv, values: parseEnv(readText(dotEnv, faults)) },
  ];
  const find = (...names: string[]): Setting<string> | undefined => {
    for (const source of sources) {
      for (const name of names) {
        const value = source.values[name]?.trim();
        if (value && value !== PLACEHOLDER) return { value, source: `${name} (${source.name})` };
      }
    }
    return undefined;
  };
  const read = <T>(names: string[], fallback: T, parse: (text: string, name: string) => T): Setting<T> => {
    const found = find(...names);
    if (!found) return { value: fallback, source: 'default' };
    try {
      return { value: parse(found.value, names[0] as string), source: found.source };
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
      return { value: fallback, source: found.source };
    }
  };
  const userHome = terminal.env.HOME || homedir();
  const home = read(['VASTDECK_HOME'], defaultHome(terminal.env, userHome), (text) =>
    resolve(terminal.cwd, text),
  );
  const market = find('VW_DB');
  const config: Config = {
    home,
    apiKey: readApiKey(find, [ownKeyFile(home.value), officialKeyFile(terminal.env, userHome)], faults),
    baseUrl: read(['VAST_BASE_URL'], DEFAULT_BASE_URL, parseUrl),
    ...marketPlace(market, terminal.cwd),
    stateUrl: read(['VASTDECK_DATABASE_URL'], join(home.value, 'state.db'), (text) =>
      parseStateUrl(text, terminal.cwd),
    ),
    pollIntervalMs: read(
      ['VW_POLL_INTERVAL_SEC'],
      360_000,
      (text, name) => positive(text, name, '360') * 1_000,
    ),
    timeoutMs: read(['VW_TIMEOUT_SEC'], 60_000, (text, name) => positive(text, name, '60') * 1_000),
    includeUnverified: read(['VW_INCLUDE_UNVERIFIED'], true, parseFlag),
    filter: read(['VW_FILTER'], '', (text) => text),
    logLevel: read(['LOG_LEVEL'], 'info', parseLevel),
    secretNamed: (name) => {
      const found = find(name);
      return found && new Secret(found.value);
    },
  };
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return config;
}

function defaultHome(env: Terminal['env'], userHome: string): string {
  return join(env.XDG_DATA_HOME || join(userHome, '.local', 'share'), 'vastdeck');
}

/** The official CLI's key file, which `login` leaves alone and everybody may share. */
export function officialKeyFile(env: Terminal['env'], userHome: string): string {
  return join(env.XDG_CONFIG_HOME || join(userHome, '.config'), 'vastai', 'vast_api_key');
}

export function ownKeyFile(home: string): string {
  return join(home, 'api_key');
}

function readApiKey(
  find: (...names: string[]) => Setting<string> | undefined,
  files: readonly string[],
  faults: string[],
): Setting<Secret | undefined> {
  const named = find('VAST_API_KEY', 'VAST_AI_API_KEY');
  if (named) return { ...named, value: new Secret(named.value) };
  for (const path of files) {
    const text = readText(path, faults).trim();
    if (text) return { value: new Secret(text), source: path };
  }
  return { value: undefined, source: 'not set' };
}

/** Empty where there is no such file; a file that may not be read is a fault like any other. */
function readText(path: string, faults: string[]): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      faults.push(`${path} cannot be read (${message}); mend its permissions, or move it away`);
    }
    return '';
  }
}

/** `VW_DB=folder` is the store itself; `VW_DB=name.db` has it beside: `name.market/`. */
function marketPlace(
  found: Setting<string> | undefined,
  cwd: string,
): Pick<Config, 'marketDir' | 'marketFile'> {
  if (!found) return { marketDir: { value: undefined, source: 'default' }, marketFile: undefined };
  const path = isAbsolute(found.value) ? found.value : resolve(cwd, found.value);
  const extension = /\.(db|sqlite3?|duckdb|ddb)$/i.exec(basename(path));
  const dir = extension ? `${path.slice(0, -extension[0].length)}.market` : path;
  return { marketDir: { value: dir, source: found.source }, marketFile: extension ? path : undefined };
}

function positive(text: string, name: string, example: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(
    `${name}="${text}" is not a positive number of seconds; write it like ${name}=${example}`,
  );
}

function parseUrl(text: string, name: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new RangeError(`${name}="${text}" is not an http address; write it like ${name}=${DEFAULT_BASE_URL}`);
}

/** A file, or PostgreSQL. */
function parseStateUrl(text: string, cwd: string): string {
  const scheme = /^(\w+):\/\//.exec(text)?.[1];
  if (scheme === undefined) return resolve(cwd, text);
  if (/^postgres(ql)?$/i.test(scheme)) return text;
  throw new RangeError(
    `VASTDECK_DATABASE_URL begins with ${scheme}://; it is a file, or PostgreSQL written like postgres://user@host/database`,
  );
}

function parseFlag(text: string, name: string): boolean {
  if (/^(1|true|yes|on|all)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new RangeError(`${name}="${text}" is neither yes nor no; write ${name}=1 or ${name}=0`);
}

function parseLevel(text: string, name: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level) return level;
  throw new RangeError(`${name}="${text}" is not a log level; it is one of ${LOG_LEVELS.join(', ')}`);
}
