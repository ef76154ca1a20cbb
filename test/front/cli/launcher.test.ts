// The launcher on a small checkout of its own: what it does when the bundle cannot be built.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = "const words: string = 'it runs';\nconsole.log(words);\n";
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'vastdeck-launcher-'));
  for (const path of ['bin/vastdeck.js', 'scripts/bundle.js', 'scripts/past-indexes.js', 'package.json']) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(checkout, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  write('src/front/cli/main.ts', PROGRAM);
  write('src/front/cli/sim-worker.ts', '');
  write('src/front/app/collector-worker.ts', '');
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

function launch({ mostKilobytes = 'unlimited' as number | 'unlimited' } = {}) {
  const command = `ulimit -f ${mostKilobytes}; exec "$0" "$1"`;
  const args = ['-c', command, process.execPath, join(checkout, 'bin/vastdeck.js')];
  const { status, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

it('builds what is newer, and runs it', () => {
  expect(launch()).toEqual({ status: 0, stdout: 'it runs\n', stderr: '' });
  write('src/front/cli/main.ts', PROGRAM.replace('it runs', 'it runs anew'));
  expect(launch().stdout).toBe('it runs anew\n');
});

it('names what does not compile, and where', () => {
  write('src/front/cli/main.ts', 'const = 1;\n');
  const { status, stdout, stderr } = launch();
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('src/front/cli/main.ts:1:6');
  expect(stderr.trimEnd()).toMatch(/cannot be started: its sources do not compile \(see above\)\.$/);
});

// A file may not grow at all: what a full disk does, without filling one.
it.skipIf(process.platform !== 'linux')('runs the sources where the disk is too full for a bundle', () => {
  expect(launch({ mostKilobytes: 0 })).toEqual({ status: 0, stdout: 'it runs\n', stderr: '' });
});
