// OpenSSH's own programs for large files: a private folder with a configuration that knows this one machine, and rsync
// or scp spawned with it.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from '../../../base/std/index.ts';

export interface OpenSshAccess {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly privateKeys: readonly Secret[];
  /** The pinned one; with `blob` (base 64) it is known to every OpenSSH, without only from 8.5 on. */
  readonly hostKey: { readonly fingerprint: string; readonly blob?: string };
}

/** The machine's name in the configuration. */
export const ALIAS = 'vastdeck-target';

export interface OpenSshFolder extends AsyncDisposable {
  readonly config: string;
}

/** Keys lie in it until it is disposed of; only this user can read it. What killed processes left goes first. */
export async function openSshFolder(access: OpenSshAccess): Promise<OpenSshFolder> {
  await removeLeftFolders();
  const dir = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    await chmod(dir, 0o700);
    const config = join(dir, 'config');
    const keys = await Promise.all(
      access.privateKeys.map(async (key, index) => {
        const path = join(dir, `key-${index}`);
        await writeFile(path, `${key.reveal().trimEnd()}\n`, { mode: 0o600 });
        return path;
      }),
    );
    const known = join(dir, 'known_hosts');
    await writeFile(known, knownHosts(access), { mode: 0o600 });
    const checker = join(dir, 'known-host');
    if (!access.hostKey.blob) await writeFile(checker, hostKeyChecker(access), { mode: 0o700 });
    await writeFile(
      config,
      configText(access, { keys, known, checker: access.hostKey.blob ? undefined : checker }),
      { mode: 0o600 },
    );
    return { config, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const FOLDER_PREFIX = 'vastdeck-ssh-';

async function removeLeftFolders(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names) {
    const pid = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Another user's is not ours to remove, and another process may be at it as well.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function configText(
  { host, port, username }: OpenSshAccess,
  {
    keys,
    known,
    checker,
  }: { readonly keys: readonly string[]; readonly known: string; readonly checker: string | undefined },
): string {
  for (const word of [host, username])
    if (!/^[\w.:%@-]+$/.test(word) || word.startsWith('-'))
      throw new TypeError(`${JSON.stringify(word)} cannot stand in an OpenSSH configuration`);
  const lines = [
    `Host ${ALIAS}`,
    `HostName ${host}`,
    `HostKeyAlias ${ALIAS}`,
    `Port ${port}`,
    `User ${username}`,
    ...keys.map((path) => `IdentityFile "${path}"`),
    'IdentitiesOnly yes',
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile "${known}"`,
    'GlobalKnownHostsFile /dev/null',
    'UpdateHostKeys no',
    ...(checker ? [`KnownHostsCommand "${checker}" %f %t %K`] : []),
    'ControlPath none',
    'ForwardAgent no',
    'ForwardX11 no',
    'PermitLocalCommand no',
    'ConnectTimeout 20',
    'ServerAliveInterval 15',
    'ServerAliveCountMax 4',
    'LogLevel ERROR',
    // The fastest of those that every server of the last ten years has; the others stay allowed.
    'Ciphers ^aes128-gcm@openssh.com',
  ];
  return `${lines.join('\n')}\n`;
}

function knownHosts({ hostKey: { blob } }: OpenSshAccess): string {
  if (!blob) return '';
  const bytes = Buffer.from(blob, 'base64');
  const type = bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0));
  return `${ALIAS} ${type} ${blob}\n`;
}

/** Tells OpenSSH that it knows a key whose fingerprint is the pinned one. */
function hostKeyChecker({ hostKey: { fingerprint } }: OpenSshAccess): string {
  if (!/^SHA256:[A-Za-z0-9+/]+$/.test(fingerprint))
    throw new TypeError(`${JSON.stringify(fingerprint)} is no fingerprint of a host key`);
  return `#!/bin/sh\n[ "$1" = "${fingerprint}" ] && printf '%s %s %s\\n' ${ALIAS} "$2" "$3"\nexit 0\n`;
}

export interface Spawned {
  readonly code: number | null;
  /** Its last 4 KiB. */
  readonly stderr: string;
  readonly stdout: string;
}

/** Code null and a word in `stderr` when the program is not here. */
export function runHere(
  program: string,
  args: readonly string[],
  {
    stdin,
    signal,
    onOutput,
  }: {
    readonly stdin?: string;
    readonly signal?: AbortSignal | undefined;
    readonly onOutput?: (text: string) => void;
  } = {},
): Promise<Spawned> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      stdout = (stdout + text).slice(-4096);
      onOutput?.(text);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr = (stderr + bytes.toString()).slice(-4096);
    });
    // It may end without reading what it was given.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin ?? '');
    const settle = (code: number | null) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, stdout, stderr: stderr.trim() });
    };
    child.once('error', (error) => {
      stderr = error.message;
      settle(null);
    });
    child.once('close', settle);
  });
}

/** The version of the rsync that is here, as comparable numbers; undefined where none is. */
export async function rsyncVersionHere(): Promise<readonly number[] | undefined> {
  const { stdout } = await runHere('rsync', ['--version']);
  const found = /version (\d+)\.(\d+)\.(\d+)/.exec(stdout);
  return found?.slice(1).map(Number);
}

/** Whether a scp is here: it says how it is used when it is called without anything. */
export async function isScpHere(): Promise<boolean> {
  return (await runHere('scp', [])).code === 1;
}

export function rsyncArgs(config: string, flags: readonly string[], from: string, to: string): string[] {
  return [
    '-e',
    `ssh -F "${config}"`,
    '-s',
    '--info=progress2',
    '--no-human-readable',
    ...flags,
    '--',
    from,
    to,
  ];
}

/** Bytes so far in what rsync's `--info=progress2` writes: the first number of its last line. */
export function rsyncBytes(text: string): number | undefined {
  const last = [...text.matchAll(/(?:^|[\r\n])\s*([\d,.]+)\s+\d+%/g)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last.replace(/\D/g, ''));
}
