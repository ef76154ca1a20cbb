import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Config, readConfig } from '../../../src/front/cli/config.ts';
import { SETTINGS } from '../../../src/front/cli/settings.ts';
import { vastdeck } from './cli-world.ts';

interface Place {
  readonly dir: string;
  /** Reads the settings with this environment, on top of a HOME of its own. */
  readonly read: (env?: Readonly<Record<string, string>>) => Config;
  readonly write: (path: string, text: string) => void;
}

function aPlace(dotEnv?: string): Place {
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  if (dotEnv !== undefined) writeFileSync(join(dir, '.env'), dotEnv);
  return {
    dir,
    read: (env = {}) => readConfig({ env: { HOME: dir, ...env }, cwd: dir }),
    write: (path, text) => {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), text);
    },
  };
}

describe('Settings', () => {
  it('have the defaults of the original where nothing is set', () => {
    const { dir, read } = aPlace();
    const config = read();
    expect(config.pollIntervalMs).toEqual({ value: 360_000, source: 'default' });
    expect(config.timeoutMs.value).toBe(60_000);
    expect(config.includeUnverified.value).toBe(true);
    expect(config.baseUrl.value).toBe('https://console.vast.ai/api/v0');
    expect(config.home.value).toBe(join(dir, '.local/share/vastdeck'));
    expect(config.stateUrl.value).toBe(join(dir, '.local/share/vastdeck/state.db'));
    expect(config.marketDir.value).toBeUndefined();
    expect(config.apiKey).toEqual({ value: undefined, source: 'not set' });
  });

  it('come from .env, and from the environment before it', () => {
    const { dir, read } = aPlace('VW_POLL_INTERVAL_SEC=120\nVW_FILTER="gpu_name=RTX_4090"\n');
    expect(read().pollIntervalMs).toEqual({
      value: 120_000,
      source: `VW_POLL_INTERVAL_SEC (${join(dir, '.env')})`,
    });
    expect(read().filter.value).toBe('gpu_name=RTX_4090');
    expect(read({ VW_POLL_INTERVAL_SEC: '600' }).pollIntervalMs.value).toBe(600_000);
  });

  it('that are empty count as not set', () => {
    const { read } = aPlace('VW_TIMEOUT_SEC=30\n');
    expect(read({ VW_TIMEOUT_SEC: '  ' }).timeoutMs.value).toBe(30_000);
  });

  it.each([
    ['VW_DB=store', 'store', undefined],
    ['VW_DB=watch.db', 'watch.market', 'watch.db'],
    ['VW_DB=watch.duckdb', 'watch.market', 'watch.duckdb'],
    ['VW_DB=years/watch.sqlite3', 'years/watch.market', 'years/watch.sqlite3'],
  ])('%s is the store %s', (dotEnv, store, file) => {
    const { dir, read } = aPlace(dotEnv);
    expect(read().marketDir.value).toBe(join(dir, store));
    expect(read().marketFile).toBe(file === undefined ? undefined : join(dir, file));
  });

  it.each([
    ['1', true],
    ['yes', true],
    ['0', false],
    ['FALSE', false],
  ])('VW_INCLUDE_UNVERIFIED=%s is understood', (text, value) => {
    expect(aPlace().read({ VW_INCLUDE_UNVERIFIED: text }).includeUnverified.value).toBe(value);
  });

  it('put the state store where they say: a file from here, or PostgreSQL', () => {
    const { dir, read } = aPlace();
    expect(read({ VASTDECK_DATABASE_URL: 'my.db' }).stateUrl.value).toBe(join(dir, 'my.db'));
    const url = 'postgres://me@host/vastdeck';
    expect(read({ VASTDECK_DATABASE_URL: url }).stateUrl.value).toBe(url);
  });

  it('follow XDG_DATA_HOME, and VASTDECK_HOME before it', () => {
    const { dir, read } = aPlace();
    expect(read({ XDG_DATA_HOME: '/data' }).home.value).toBe('/data/vastdeck');
    expect(read({ XDG_DATA_HOME: '/data', VASTDECK_HOME: 'here' }).home.value).toBe(join(dir, 'here'));
  });
});

describe('The API key', () => {
  it('is looked for in the settings, then where login keeps it, then in the official CLI’s file', () => {
    const { dir, read, write } = aPlace();
    write('.config/vastai/vast_api_key', 'key-of-the-official-cli\n');
    expect(read().apiKey.value?.reveal()).toBe('key-of-the-official-cli');
    write('.local/share/vastdeck/api_key', 'key-of-login\n');
    expect(read().apiKey.value?.reveal()).toBe('key-of-login');
    expect(read().apiKey.source).toBe(join(dir, '.local/share/vastdeck/api_key'));
    expect(read({ VAST_AI_API_KEY: 'second-name' }).apiKey.value?.reveal()).toBe('second-name');
    const both = read({ VAST_AI_API_KEY: 'second-name', VAST_API_KEY: 'first-name' });
    expect(both.apiKey.value?.reveal()).toBe('first-name');
  });

  it('is not the placeholder of .env.example, which hides no key behind it', () => {
    const { read, write } = aPlace('VAST_API_KEY=YOUR_VAST_API_KEY\nVAST_AI_API_KEY=real-one\n');
    expect(read().apiKey.value?.reveal()).toBe('real-one');
    write('.env', 'VAST_API_KEY=YOUR_VAST_API_KEY\n');
    expect(read().apiKey.value).toBeUndefined();
  });
});

describe('Faulty settings', () => {
  it.each([
    ['VW_POLL_INTERVAL_SEC', 'often', 'write it like VW_POLL_INTERVAL_SEC=360'],
    ['VW_POLL_INTERVAL_SEC', '0', 'not a positive number of seconds'],
    ['VW_TIMEOUT_SEC', '-1', 'write it like VW_TIMEOUT_SEC=60'],
    ['VW_INCLUDE_UNVERIFIED', 'maybe', 'write VW_INCLUDE_UNVERIFIED=1 or VW_INCLUDE_UNVERIFIED=0'],
    ['VAST_BASE_URL', 'ftp://host', 'write it like VAST_BASE_URL=https://console.vast.ai/api/v0'],
    ['VASTDECK_DATABASE_URL', 'mysql://me:secret@host/db', 'postgres://user@host/database'],
    ['LOG_LEVEL', 'loud', 'debug, info, warn, error'],
  ])('%s=%s is a sentence with an example', (name, value, part) => {
    const { read } = aPlace();
    expect(() => read({ [name]: value })).toThrow(part);
    expect(() => read({ [name]: value })).toThrow(name);
    expect(() => read({ [name]: value })).not.toThrow('secret');
  });

  it('are all told at once', () => {
    const { read } = aPlace('LOG_LEVEL=loud\nVW_TIMEOUT_SEC=x\n');
    let message = '';
    try {
      read({ VW_POLL_INTERVAL_SEC: 'y' });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n')).toHaveLength(3);
  });

  it('include an .env that cannot be read', () => {
    const { dir, read } = aPlace();
    mkdirSync(join(dir, '.env'));
    expect(() => read()).toThrow(`${join(dir, '.env')} cannot be read`);
  });
});

it('config show has every setting that the reference lists, and no password', async () => {
  const { dir } = aPlace();
  const env = { HOME: dir, VASTDECK_DATABASE_URL: 'postgres://me:hunter2@host/db' };
  const { out } = await vastdeck(['config', 'show', '--json'], { env, cwd: dir });
  const rows = JSON.parse(out) as { name: string; value: string | null }[];
  expect(rows.map(({ name }) => name)).toEqual(SETTINGS.map(({ name }) => name));
  expect(rows.find(({ name }) => name === 'VASTDECK_DATABASE_URL')?.value).toBe('postgres://me:****@host/db');
});
