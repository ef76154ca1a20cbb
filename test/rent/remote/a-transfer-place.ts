// A real machine for the tests of one file, and for each of them a folder of its own here.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { aRealTarget, type RealTarget } from './a-target.ts';

export interface TransferPlace {
  readonly target: RealTarget;
  /** The number of the test, for names over there. */
  readonly test: number;
  /** A path in the folder of this test. */
  readonly here: (path: string) => string;
  readonly write: (path: string, content: string | Uint8Array) => void;
  /** SHA-256 in hex. */
  readonly hash: (path: string) => string;
  /** What a command prints over there. */
  readonly far: (command: string) => Promise<string>;
}

export function aTransferPlace(): TransferPlace {
  let target: RealTarget;
  let test = 0;
  beforeAll(async () => {
    target = await aRealTarget();
  });
  afterAll(async () => await target[Symbol.asyncDispose]());
  const here = (path: string) => join(target.dir, `test-${test}`, path);
  beforeEach(() => {
    test += 1;
    mkdirSync(here(''));
  });
  return {
    get target() {
      return target;
    },
    get test() {
      return test;
    },
    here,
    write: (path, content) => {
      mkdirSync(dirname(here(path)), { recursive: true });
      writeFileSync(here(path), content);
    },
    hash: (path) =>
      createHash('sha256')
        .update(readFileSync(here(path)))
        .digest('hex'),
    far: async (command) => {
      await using shell = await target.open();
      return (await shell.exec(command)).stdout;
    },
  };
}
