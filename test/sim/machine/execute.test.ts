// Vast.ai's `execute`: three commands, on the disk alone.
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskCommandError, type Machine } from '../../../src/sim/machine/index.ts';
import { aRoom, type TestRoom } from './a-room.ts';

let world: TestRoom;
let machine: Machine;
let outside: string;
beforeAll(async () => {
  world = await aRoom();
  machine = await world.machine({ instanceId: 9 });
  await machine.stop();
  const disk = join(world.dir, 'room/m-9/fs/disk');
  outside = join(world.dir, 'outside');
  mkdirSync(join(outside, 'deep'), { recursive: true });
  writeFileSync(join(outside, 'canary'), '');
  const workspace = join(disk, 'workspace');
  mkdirSync(join(workspace, 'a b/c'), { recursive: true });
  writeFileSync(join(workspace, 'a b/c/big'), Buffer.alloc(100_000));
  for (const name of ['x1', 'x2', 'y1', '-dash']) writeFileSync(join(workspace, name), '');
  symlinkSync(outside, join(workspace, 'out'));
});
afterAll(async () => await world[Symbol.asyncDispose]());

const output = async (command: string) => (await machine.execute(command)).output;

describe('on a machine that stands still', () => {
  it('lists, measures and removes, with quotes and patterns', async () => {
    expect(await output('ls /workspace')).toBe('-dash\na b\nout\nx1\nx2\ny1\n');
    expect(await output('du -sk "/workspace/a b"')).toMatch(/^\d{3}\t\/workspace\/a b\n$/);
    expect(await output('ls -R /workspace/a\\ b')).toBe('/workspace/a b:\nc\n\n/workspace/a b/c:\nbig\n');
    expect(await output('rm -v /workspace/x*')).toBe("removed '/workspace/x1'\nremoved '/workspace/x2'\n");
    expect(await output('rm -- /workspace/-dash')).toBe('');
    expect(await output('ls /workspace')).toBe('a b\nout\ny1\n');
    expect(await output('ls /nothing')).toContain('No such file');
  });

  it.each([
    'cat /etc/passwd',
    'ls; touch /workspace/new',
    'bash -c ls',
    'du -X /etc/shadow /workspace',
    'du --files0-from=/etc/shadow',
    'ls -L /workspace/out',
    'rm -rf /',
    'rm -rf /workspace/../..',
    '',
  ])('refuses %j', async (command) => {
    await expect(machine.execute(command)).rejects.toThrow(DiskCommandError);
  });

  it('takes 512 characters and no more', async () => {
    const ls = (length: number) => `ls /${'x'.repeat(length - 4)}`;
    expect(await output(ls(512))).toContain('too long');
    await expect(machine.execute(ls(513))).rejects.toThrow(/513 characters/);
  });

  it('neither shows nor removes anything outside, by links, dots or the host’s own paths', async () => {
    for (const path of [
      '/workspace/out',
      '/workspace/out/',
      '/workspace/out/*',
      '../../../../..',
      outside,
      `/workspace/../../../..${outside}`,
    ]) {
      for (const command of ['ls -la', 'ls -R', 'du -a', 'rm -rf']) {
        const answer = await machine
          .execute(`${command} ${path}`)
          .catch((error: Error) => ({ output: error.message }));
        expect(answer.output).not.toContain('canary');
      }
    }
    expect(readdirSync(outside)).toEqual(['canary', 'deep']);
    expect(existsSync(join(outside, 'deep'))).toBe(true);
  });

  it('does not say where on the host the disk is', async () => {
    expect(await output('ls /nothing /workspace/none/*')).not.toContain(world.dir);
  });
});
