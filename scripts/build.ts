// Builds what a published package holds: the command line bundle, and the library with its types. `--pack` also
// writes the package's folder to dist/package, without what only a checkout needs.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBundle } from './bundle.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

const bundle: string = await ensureBundle(root);
rmSync(join(dist, 'lib'), { recursive: true, force: true });
execFileSync(execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
copySql(join(root, 'src'), join(dist, 'lib'));
if (argv.includes('--pack')) pack();

/** Queries are read beside the module that runs them. */
function copySql(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.sql')) continue;
    const target = join(to, entry.parentPath.slice(from.length));
    mkdirSync(target, { recursive: true });
    cpSync(join(entry.parentPath, entry.name), join(target, entry.name));
  }
}

function pack(): void {
  const target = join(dist, 'package');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'dist'), { recursive: true });
  for (const name of ['bin', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    cpSync(join(root, name), join(target, name), { recursive: true });
  cpSync(bundle, join(target, 'dist', bundle.slice(dist.length + 1)), { recursive: true });
  cpSync(join(dist, 'cli.json'), join(target, 'dist', 'cli.json'));
  cpSync(join(dist, 'lib'), join(target, 'dist', 'lib'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  // A checkout brings its own Node; users of the package bring theirs.
  for (const key of ['private', 'scripts', 'devDependencies', 'optionalDependencies', 'allowScripts'])
    delete manifest[key];
  manifest.engines = { node: '>=24' };
  for (const entry of Object.values(manifest.exports as Record<string, Record<string, string>>))
    delete entry['@vastdeck/source'];
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
