#!/usr/bin/env node
// Starts vastdeck on a Node that can run it. In a checkout it first rebuilds the bundle when a source is
// newer, so that what runs is always what is written. Plain JavaScript that old Nodes can read.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NEEDED_MAJOR = 24;
/** By itself the engine lets objects that were made lately take up to 115 MB of a process that holds 30. */
const ENGINE_FLAGS = ['--max-semi-space-size=8'];

if (Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR) {
  runOnBundledNode();
} else {
  const entry = await findEntry();
  // Compiled code is kept from one start to the next, where the folder may be written: some 30 ms of a report.
  module.enableCompileCache(join(root, 'dist', 'compiled'));
  await import(pathToFileURL(entry).href);
}

function runOnBundledNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = process.platform === 'win32' ? 'node.exe' : join('bin', 'node');
  const node = join(root, 'node_modules', `node-${platform}-${process.arch}`, name);
  if (!existsSync(node)) {
    process.stderr.write(
      `vastdeck needs Node ${NEEDED_MAJOR} or newer and this is ${process.version}: install a newer Node, or run "npm ci" in the checkout, which brings one.\n`,
    );
    process.exit(1);
  }
  const args = [...ENGINE_FLAGS, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    // Only after the handlers are gone does the same signal end this process as it ended the child.
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}

async function findEntry() {
  const builder = join(root, 'scripts', 'bundle.js');
  if (!existsSync(builder)) {
    const { folder } = JSON.parse(readFileSync(join(root, 'dist', 'cli.json'), 'utf8'));
    return join(root, 'dist', folder, 'main.js');
  }
  const { ensureBundle } = await import(pathToFileURL(builder).href);
  try {
    return join(await ensureBundle(root), 'main.js');
  } catch (error) {
    const mistakes = (error.errors ?? []).filter(({ text }) => !text.startsWith('Failed to write'));
    if (mistakes.length > 0) {
      const { formatMessages } = await import('esbuild');
      process.stderr.write((await formatMessages(mistakes, { kind: 'error' })).join(''));
      process.stderr.write('vastdeck cannot be started: its sources do not compile (see above).\n');
      process.exit(1);
    }
    // A checkout that may not be written, a full disk, no builder: Node runs the sources as well, only slower.
    return join(root, 'src', 'front', 'cli', 'main.ts');
  }
}
