// OpenSSH's programs with our key and the pinned host key: what `ssh`, `exec`, `cp` and `logs -f` start.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostKey } from '../../net/ssh/index.ts';
import type { Address } from '../../net/vast/index.ts';
import type { Terminal } from './process.ts';

export interface SshTarget {
  readonly address: Address;
  /** Words for ssh, before its target; scp and `rsync -e` take them too, but for the port. */
  readonly options: readonly string[];
}

/** The name under which a host key is kept: ports of a machine are given to others later. */
function aliasOf(instanceId: number): string {
  return `vast-${instanceId}`;
}

/** Writes the host key where OpenSSH reads it. `home` is ours; nothing outside it is touched. */
export function sshTarget(
  home: string,
  {
    instanceId,
    address,
    hostKey,
  }: { readonly instanceId: number; readonly address: Address; readonly hostKey: HostKey },
): SshTarget {
  const alias = aliasOf(instanceId);
  const line = `${alias} ${keyType(hostKey.blob)} ${hostKey.blob}\n`;
  const pinned = join(home, 'ssh', 'pinned');
  mkdirSync(pinned, { recursive: true, mode: 0o700 });
  const file = join(pinned, alias);
  writeWhole(file, line);
  keepAmongKnown(home, alias, line);
  const options = {
    IdentityFile: join(home, 'ssh_key'),
    IdentitiesOnly: 'yes',
    HostKeyAlias: alias,
    UserKnownHostsFile: file,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    ServerAliveInterval: '15',
    LogLevel: 'ERROR',
  };
  return {
    address,
    options: Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${quoted(value)}`]),
  };
}

/** After a recycling, which makes a new host key. */
export function forgetHostKey(home: string, instanceId: number): void {
  const alias = aliasOf(instanceId);
  rmSync(join(home, 'ssh', 'pinned', alias), { force: true });
  keepAmongKnown(home, alias, '');
}

/** The file that our entries for OpenSSH's configuration name. */
function keepAmongKnown(home: string, alias: string, line: string): void {
  const file = join(home, 'ssh', 'known_hosts');
  const before = readText(file);
  const others = before
    .split('\n')
    .filter((each) => each !== '' && !each.startsWith(`${alias} `))
    .map((each) => `${each}\n`)
    .join('');
  if (others + line !== before) writeWhole(file, others + line);
}

export interface SpawnEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  /** Default those of the terminal. */
  readonly stdio?: readonly ('inherit' | 'ignore' | number)[];
}

/**
 * Runs a program on the terminal until it ends. Ctrl-C reaches it as it reaches us; what ends us alone is passed on.
 * Undefined where there is no such program.
 */
export async function runProgram(
  { env, interrupted, cwd }: Pick<Terminal, 'env' | 'interrupted' | 'cwd'>,
  [program = '', ...args]: readonly string[],
  { stdio = ['inherit', 'inherit', 'inherit'] }: SpawnOptions = {},
): Promise<SpawnEnd | undefined> {
  const child = spawn(program, args, { env: env as NodeJS.ProcessEnv, cwd, stdio: [...stdio] });
  const end = () => void child.kill('SIGTERM');
  if (interrupted.aborted) end();
  interrupted.addEventListener('abort', end, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') resolve(undefined);
        else reject(error);
      });
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    interrupted.removeEventListener('abort', end);
  }
}

/** The first part of a key's blob is the name of its kind. */
function keyType(blob: string): string {
  const bytes = Buffer.from(blob, 'base64');
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1');
}

function quoted(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Whoever reads it meanwhile sees the old or the new, never a part. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
