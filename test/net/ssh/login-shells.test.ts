// Whatever shell a user logs in by, and whatever its start-up files print: commands mean the same, and give their own output.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { connectShell, type RemoteShell } from 'vastdeck/ssh';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { wrapCommand } from '../../../src/net/ssh/command-line.ts';
import { type Sshd, startSshd, whySshdCannotRun } from '../../support/sshd.ts';

const SHELLS = ['sh', 'bash', 'dash', 'zsh', 'fish', 'ksh'].filter(
  (shell) => spawnSync(shell, ['-c', 'true']).status === 0,
);

describe.each(SHELLS)('a command line given to %s', (shell) => {
  it('is run by sh, with its quotes and backslashes as they are, and tells its own process', () => {
    const command =
      'words="a b"; set -- $words; printf "%s\\n" $# "it\'s" \'x\\y\\\\\' "$((1+1))"; echo $$; echo err >&2';
    const { line, inputPrefix } = wrapCommand(command, { env: { SECRET: "q'\\ $x" } });
    const ran = spawnSync(shell, ['-c', `${line}\nfalse`], { input: inputPrefix, encoding: 'utf8' });
    const [begins, ...lines] = ran.stdout.split('\n');
    expect(begins).toBe('vastdeck-output begins');
    expect(lines.slice(0, 4)).toEqual(['2', "it's", 'x\\y\\\\', '2']);
    expect(ran.stderr).toBe(`vastdeck-process ${lines[4]}\nerr\n`);
    // What stands behind it in the login shell is never come to.
    expect(ran.status).toBe(0);
  });

  it('is run by itself where that is asked for, and tells its own process', () => {
    const { line } = wrapCommand('echo by; exit 3', { byLoginShell: true });
    const { stdout, stderr, status, pid } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
    expect([stdout, stderr, status]).toEqual([
      'vastdeck-output begins\nby\n',
      `vastdeck-process ${pid}\n`,
      3,
    ]);
  });
});

const obstacle =
  whySshdCannotRun() ?? (userInfo().shell?.endsWith('/bash') ? undefined : 'the login shell is no bash');

describe.skipIf(obstacle !== undefined)('start-up files that print', () => {
  let sshd: Sshd;
  let shell: RemoteShell;
  beforeAll(async () => {
    sshd = await startSshd();
    const rc = 'echo "Welcome to this machine"; echo "a warning" >&2; greet() { echo "greeted $1"; }';
    writeFileSync(join(dirname(sshd.folder), '.bashrc'), `${rc}\n`);
    shell = await connectShell({
      host: '127.0.0.1',
      port: sshd.port,
      username: sshd.username,
      privateKeys: [sshd.userKey.privateKey],
      hostKey: { kind: 'pinned', fingerprint: sshd.hostKey.fingerprint },
      clock: systemClock(),
    });
  });
  afterAll(async () => {
    await shell?.close();
    await sshd?.stop();
  });

  it('add nothing to what a command prints, and what they warn of is passed on', async () => {
    expect(await shell.exec('printf %s own; echo fault >&2')).toEqual({
      code: 0,
      signal: null,
      stdout: 'own',
      stderr: 'a warning\nfault\n',
    });
    expect((await shell.exec('true')).stdout).toBe('');
  });

  it('add nothing to a stream of bytes', async () => {
    const pieces: Uint8Array[] = [];
    for await (const bytes of shell.stream('head -c 300000 /dev/zero')) pieces.push(bytes);
    expect(Buffer.concat(pieces)).toEqual(Buffer.alloc(300_000));
  });

  it('are not read once more by a bash in the command', async () => {
    expect((await shell.exec('bash -c "echo inside"')).stdout).toBe('inside\n');
  });

  it('are of use to words that a person wrote, and to those alone', async () => {
    expect(await shell.exec('greet me', { byLoginShell: true })).toMatchObject({
      code: 0,
      stdout: 'greeted me\n',
    });
    expect(await shell.exec('greet me')).toMatchObject({ code: 127, stdout: '' });
  });
});

it.runIf(obstacle !== undefined)(`start-up files are not tested here: ${obstacle}`, () => {});
