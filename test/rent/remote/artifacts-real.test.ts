// Artifacts of a real machine: proven whole over a bad connection, by whichever program hashes over there.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteWord } from 'vastdeck/ssh';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createArtifacts, createTransfers, type RemoteTarget } from '../../../src/rent/remote/index.ts';
import { aRealTarget, type RealTarget } from './a-target.ts';

let target: RealTarget;
beforeAll(async () => {
  target = await aRealTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const far = async (command: string) => {
  await using shell = await target.open();
  return (await shell.exec(command)).stdout;
};
const artifactsOf = (one: RemoteTarget) => createArtifacts(one, createTransfers(one));

it('come whole over a connection that is reset in the middle, and are put in place only then', async () => {
  await far(
    'mkdir -p job/out/deep job/ckpt-2; head -c 30000000 /dev/urandom > job/ckpt-2/model; for i in $(seq 200); do echo $i > job/out/deep/$i; done; touch job/ckpt-3.tmp',
  );
  const to = join(target.dir, 'to');
  let cuts = 0;
  const report = await artifactsOf(target).fetch({
    root: 'job',
    globs: ['out/**', 'ckpt-*'],
    to,
    settleMs: 1_100,
    onProgress: ({ bytes }) => {
      if (bytes < (cuts + 1) * 7_000_000 || cuts >= 3) return;
      cuts += 1;
      target.proxy.cut();
    },
  });
  expect(cuts).toBe(3);
  expect(report.isWhole).toBe(false);
  expect(report.files.filter(({ state }) => state !== 'verified')).toMatchObject([
    { path: 'ckpt-3.tmp', state: 'incomplete' },
  ]);
  const model = report.files.find(({ path }) => path === 'ckpt-2/model');
  expect(
    createHash('sha256')
      .update(readFileSync(join(to, 'ckpt-2/model')))
      .digest('hex'),
  ).toBe(model?.sha256);
  expect(readdirSync(join(to, 'out/deep'))).toHaveLength(200);
  await far('mv job/ckpt-3.tmp job/ckpt-3');
  const again = await artifactsOf(target).fetch({
    root: 'job',
    globs: ['out/**', 'ckpt-*'],
    to,
    settleMs: 0,
  });
  expect(again).toMatchObject({ isWhole: true, unmatched: [] });
  expect(again.files).toHaveLength(202);
  expect(readdirSync(to).sort()).toEqual(['ckpt-2', 'ckpt-3', 'out']);
});

it.each([
  ['sha256sum', []],
  ['openssl', ['sha256sum']],
  ['python3', ['sha256sum', 'openssl']],
])('are hashed by %s, whatever their names', async (_hasher, missing) => {
  const lacking: RemoteTarget = {
    ...target,
    open: async () => {
      const shell = await target.open();
      // As on a machine without these programs.
      const without = (command: string) =>
        missing.reduce((text, name) => text.replaceAll(`${name} `, `no-${name} `), command);
      return { ...shell, exec: (command, options) => shell.exec(without(command), options) };
    },
  };
  const names = ['plain', 'with space', "quote's", 'back\\slash', 'new\nline', '-dash', 'ünï'];
  await far(
    `mkdir -p odd; cd odd; for name in ${names.map(quoteWord).join(' ')}; do echo "$name" > "./$name"; done`,
  );
  const to = join(target.dir, `odd-${missing.length}`);
  const report = await artifactsOf(lacking).fetch({ root: 'odd', globs: ['**'], to, settleMs: 0 });
  expect(report).toMatchObject({ isWhole: true });
  expect(report.files.map(({ path }) => path).sort()).toEqual([...names].sort());
  for (const name of names) expect(readFileSync(join(to, name), 'utf8')).toBe(`${name}\n`);
});

it('are not whole where nothing hashes, which is said', async () => {
  await far('mkdir -p bare; echo x > bare/x');
  const bare: RemoteTarget = {
    ...target,
    open: async () => {
      const shell = await target.open();
      const without = (command: string) => command.replace(/(sha256sum|openssl|python3) /, 'no-hasher ');
      return { ...shell, exec: (command, options) => shell.exec(without(command), options) };
    },
  };
  const fetching = artifactsOf(bare).fetch({
    root: 'bare',
    globs: ['**'],
    to: join(target.dir, 'bare'),
    settleMs: 0,
  });
  await expect(fetching).rejects.toThrow(/no SHA-256/);
});
