// The keys of a person's SSH agent, by OpenSSH's own agent and server.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthRefusedError, connectShell, generateKeyPair, type KeyPair } from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { type Sshd, startSshd, whySshdCannotRun } from '../../support/sshd.ts';

const obstacle =
  whySshdCannotRun() ?? (existsSync('/usr/bin/ssh-agent') ? undefined : 'there is no ssh-agent');

interface Agent extends AsyncDisposable {
  readonly socket: string;
  add(key: KeyPair): void;
}

async function startAgent(): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'vd-agent-'));
  const socket = join(folder, 'socket');
  const agent = spawn('/usr/bin/ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  // It prints its name once it listens.
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  return {
    socket,
    add(key) {
      const file = join(folder, 'key');
      writeFileSync(file, key.privateKey.reveal(), { mode: 0o600 });
      execFileSync('/usr/bin/ssh-add', ['-q', file], {
        env: { SSH_AUTH_SOCK: socket },
        stdio: ['ignore', 'ignore', 'ignore'],
      });
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => agent.once('exit', resolve));
      agent.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const connect = (sshd: Sshd, how: { readonly agent: string; readonly keys?: readonly KeyPair[] }) =>
  connectShell({
    host: '127.0.0.1',
    port: sshd.port,
    username: sshd.username,
    agent: how.agent,
    privateKeys: (how.keys ?? []).map((key) => key.privateKey),
    hostKey: { kind: 'pinned', fingerprint: sshd.hostKey.fingerprint },
    clock: systemClock(),
  });

describe.skipIf(obstacle !== undefined)('an SSH agent', () => {
  it('lets in by a key that only it has', async () => {
    await using sshd = await startSshd();
    await using agent = await startAgent();
    agent.add(sshd.userKey);
    await using shell = await connect(sshd, { agent: agent.socket });
    expect((await shell.exec('echo in')).stdout).toBe('in\n');
  });

  it('is followed by the keys where its own are refused', async () => {
    await using sshd = await startSshd();
    await using agent = await startAgent();
    agent.add(generateKeyPair({ comment: 'other' }));
    await using shell = await connect(sshd, { agent: agent.socket, keys: [sshd.userKey] });
    expect((await shell.exec('echo in')).stdout).toBe('in\n');
  });

  it('is passed over where nothing listens on its socket', async () => {
    await using sshd = await startSshd();
    const agent = join(sshd.folder, 'gone');
    await using shell = await connect(sshd, { agent, keys: [sshd.userKey] });
    expect((await shell.exec('echo in')).stdout).toBe('in\n');
  });

  it('is named where it and the keys are refused', async () => {
    await using sshd = await startSshd();
    await using agent = await startAgent();
    const keys = [generateKeyPair({ comment: 'other' })];
    const failed = await connect(sshd, { agent: agent.socket, keys }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AuthRefusedError);
    expect((failed as Error).message).toContain("refused the agent's keys, 1 key;");
  });
});

it.runIf(obstacle !== undefined)(`is not tested here: ${obstacle}`, () => {});
