// What only a real server shows: full disks, forbidden files, its limit of sessions, secrets in its process list.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  connectShell,
  DiskFullError,
  generateKeyPair,
  PermissionError,
  type RemoteShell,
  SessionRefusedError,
} from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { type Sshd, startSshd, whySshdCannotRun } from '../../support/sshd.ts';

async function world(settings: readonly string[] = []) {
  const sshd = await startSshd(settings);
  const shell = await connect(sshd);
  const dispose = async () => {
    await shell.close();
    await sshd.stop();
  };
  return { sshd, shell, [Symbol.asyncDispose]: dispose };
}

function connect(
  sshd: Sshd,
  firstKeys: readonly ReturnType<typeof generateKeyPair>[] = [],
): Promise<RemoteShell> {
  return connectShell({
    host: '127.0.0.1',
    port: sshd.port,
    username: sshd.username,
    privateKeys: [...firstKeys, sshd.userKey].map((pair) => pair.privateKey),
    hostKey: { kind: 'pinned', fingerprint: sshd.hostKey.fingerprint },
    clock: systemClock(),
  });
}

/** A file system of one megabyte below `folder`, where this user may mount one. */
function smallDisk(folder: string): { readonly path: string; readonly unmount: () => void } | undefined {
  const path = join(folder, 'small');
  mkdirSync(path);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status !== 0) return undefined;
  return { path, unmount: () => void spawnSync('umount', ['-l', path]) };
}

describe.skipIf(whySshdCannotRun())('on a real server', () => {
  it('a full disk is told from other failures, and room made lets the write go on', async (context) => {
    await using here = await world();
    const { shell, sshd } = here;
    const disk = smallDisk(sshd.folder);
    if (!disk) return context.skip('no file system can be mounted here');
    try {
      const file = `${disk.path}/file`;
      const bytes = Buffer.alloc(2 * 1024 * 1024, 'x');
      await expect(shell.write(file, 0, bytes)).rejects.toBeInstanceOf(DiskFullError);
      await expect(shell.upload(`${disk.path}/other`, [bytes])).rejects.toBeInstanceOf(DiskFullError);
      await shell.exec(`rm ${file} ${disk.path}/other`);
      expect(await shell.upload(file, [bytes.subarray(0, 500_000)])).toBe(500_000);
      // A directory is no full disk.
      await expect(shell.write(disk.path, 0, bytes)).rejects.not.toBeInstanceOf(DiskFullError);
    } finally {
      disk.unmount();
    }
  });

  it('a file that the user may not write is told', async () => {
    await using here = await world(['Subsystem sftp internal-sftp -R']);
    const { shell, sshd } = here;
    const path = join(sshd.folder, 'file');
    await shell.exec(`echo content > ${path}`);
    await expect(shell.write(path, 0, Buffer.from('x'))).rejects.toBeInstanceOf(PermissionError);
    expect(Buffer.from(await shell.read(path, 0, 100)).toString()).toBe('content\n');
  });

  it('commands wait for a place where fewer sessions are granted than we take, when they end soon', async () => {
    await using here = await world(['MaxSessions 4']);
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => here.shell.exec(`echo ${i}`)));
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 12 }, (_, i) => `${i}\n`));
  });

  it('and are refused when they do not end', async () => {
    await using here = await world(['MaxSessions 1']);
    // Nothing can be sent to end it either, so it is one that ends with its input.
    async function* openInput() {
      yield await new Promise<Uint8Array>(() => {});
    }
    const stream = here.shell.stream('echo started; cat', { stdin: openInput() });
    const bytes = stream[Symbol.asyncIterator]();
    await bytes.next();
    await expect(here.shell.exec('true')).rejects.toBeInstanceOf(SessionRefusedError);
    await expect(here.shell.stat('/')).rejects.toBeInstanceOf(SessionRefusedError);
  });

  it('a file session that the server ends is opened afresh', async () => {
    await using here = await world(['Subsystem sftp /usr/lib/openssh/sftp-server']);
    const { shell, sshd } = here;
    expect(await shell.list(sshd.folder)).toEqual([]);
    // Our own session's processes are children of the sshd that serves it, which is the parent of the shell.
    const killed = await shell.exec('kill $(pgrep -P $PPID sftp-server)');
    expect(killed.code).toBe(0);
    for (;;) {
      const list = await shell.list(sshd.folder).catch(() => undefined);
      if (list) break;
    }
    expect(await shell.stat(sshd.folder)).toMatchObject({ kind: 'directory' });
  });

  it('no value of the environment shows in the list of processes', async () => {
    await using here = await world();
    const secret = 'hf_abcdefghijklmnop';
    const { stdout } = await here.shell.exec(`tr '\\0' ' ' < /proc/$$/cmdline; echo "$HF_TOKEN" | wc -c`, {
      env: { HF_TOKEN: secret },
    });
    expect(stdout).toContain('cmdline');
    expect(stdout).not.toContain(secret);
    expect(stdout.trim().endsWith(String(secret.length + 1))).toBe(true);
  });

  it('the key that fits is found among others', async () => {
    await using sshd = await startSshd();
    const others = [1, 2, 3].map((n) => generateKeyPair({ comment: `other ${n}` }));
    await using shell = await connect(sshd, others);
    expect((await shell.exec('echo in')).stdout).toBe('in\n');
  });

  it('what start-up files write to standard error comes before what the command writes, and nothing of ours', async () => {
    await using here = await world();
    const { shell } = here;
    await shell.exec('echo "echo from start-up >&2" > ~/.bashrc');
    const result = await shell.exec('echo own >&2');
    // bash reads the file in a session of sshd; another login shell may not.
    expect(['from start-up\nown\n', 'own\n']).toContain(result.stderr);
  });
});
