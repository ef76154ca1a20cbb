// The onstart line that lets a key in, run by real shells.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { onstartKeyLine } from '../../../src/rent/rental/booting/index.ts';
import { temporaryFolder } from '../../support/stores.ts';
import { aBootWorld, PUBLIC_KEY } from './a-boot.ts';

const SHELLS = ['/bin/bash', '/bin/dash'].filter((shell) => existsSync(shell));

function run(shell: string, home: string, line: string): string {
  return execFileSync(shell, ['-c', `set -e; umask 022; ${line}\necho went on`], {
    env: { HOME: home, PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it.each(SHELLS)('%s appends the key once, with the permissions that sshd demands', (shell) => {
  const home = temporaryFolder();
  const line = onstartKeyLine(`${PUBLIC_KEY}\n`);
  for (let time = 0; time < 3; time += 1) expect(run(shell, home, line)).toBe('went on\n');
  const file = join(home, '.ssh/authorized_keys');
  expect(readFileSync(file, 'utf8')).toBe(`${PUBLIC_KEY}\n`);
  expect([modeOf(join(home, '.ssh')), modeOf(file)]).toEqual(['700', '600']);
});

it.each(SHELLS)('%s keeps what is there, also a last line without its end', (shell) => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.ssh'), { mode: 0o755 });
  const file = join(home, '.ssh/authorized_keys');
  writeFileSync(file, 'ssh-rsa AAAA somebody', { mode: 0o644 });
  const line = onstartKeyLine(PUBLIC_KEY);
  run(shell, home, line);
  run(shell, home, line);
  expect(readFileSync(file, 'utf8')).toBe(`ssh-rsa AAAA somebody\n${PUBLIC_KEY}\n`);
  expect([modeOf(join(home, '.ssh')), modeOf(file)]).toEqual(['700', '600']);
});

it('a comment cannot run anything, and a script goes on where the line fails', () => {
  const home = temporaryFolder();
  const comment = `it's $(touch ${home}/ran) \`touch ${home}/ran\` "; touch ${home}/ran #`;
  const key = `${PUBLIC_KEY.split(' ').slice(0, 2).join(' ')} ${comment}`;
  run('/bin/bash', home, onstartKeyLine(key));
  expect(existsSync(join(home, 'ran'))).toBe(false);
  expect(readFileSync(join(home, '.ssh/authorized_keys'), 'utf8')).toBe(`${key}\n`);
  writeFileSync(join(home, 'file'), '');
  expect(run('/bin/bash', join(home, 'file'), onstartKeyLine(PUBLIC_KEY))).toBe('went on\n');
});

it.each([
  '',
  'hello',
  'ssh-ed25519 AAAA\nssh-rsa BBBB',
  '-----BEGIN OPENSSH PRIVATE KEY-----',
])('%j is refused, for it is no line of a key', (text) =>
  expect(() => onstartKeyLine(text)).toThrow('no line of authorized_keys'));

it('leaves most of the 4,048 characters of an onstart script to others', () => {
  expect(onstartKeyLine(PUBLIC_KEY).length - PUBLIC_KEY.length).toBeLessThan(400);
});

it('a twin, which has no chmod, goes on to what comes after it', async () => {
  const world = await aBootWorld();
  const rental = await world.rent();
  await world.clock.step(3_600_000);
  await using shell = await world.sim.shell(rental.instanceId as number);
  const line = onstartKeyLine(PUBLIC_KEY);
  expect((await world.settle(shell.exec(`${line}\necho went on`))).stdout).toBe('went on\n');
});
