// Builds the command line program into dist/cli-<hash of the sources> and names it in dist/cli.json. Building
// twice at once, or while an older build runs, is harmless: a folder appears by rename and is never changed.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** Older builds stay for processes that still run from them and load their parts on demand. */
const KEPT_BUILDS = 4;

const ENTRIES = {
  main: 'src/front/cli/main.ts',
  'sim-worker': 'src/front/cli/sim-worker.ts',
};

/** By itself, with nothing that it does not call: as one of the program's parts it would load most of them for days. */
const COLLECTOR = { 'collector-worker': 'src/front/app/collector-worker.ts' };

/** What a bundle depends on beside the sources. */
const OWN_FILES = ['package.json', 'scripts/bundle.js', 'scripts/past-indexes.js'];

/** Returns the folder of an up-to-date bundle, building it first when a source has changed. */
export async function ensureBundle(root) {
  const dist = join(root, 'dist');
  const sources = listSources(join(root, 'src')).sort((a, b) => (a < b ? -1 : 1));
  const folder = `cli-${stampOf(root, [...sources, ...OWN_FILES.map((path) => `${root}/${path}`)])}`;
  const target = join(dist, folder);
  if (current(dist) === folder && statSync(target, { throwIfNoEntry: false })) return target;
  await build(root, target, sources);
  const pointer = join(dist, `cli.json.${process.pid}`);
  writeFileSync(pointer, `${JSON.stringify({ folder })}\n`);
  renameSync(pointer, join(dist, 'cli.json'));
  removeOldBuilds(dist);
  return target;
}

/** Every start of a checkout waits for this: hundreds of files, so their paths are cut and joined by hand. */
function stampOf(root, paths) {
  const lines = paths.map((path) => {
    const { mtimeMs, size } = statSync(path);
    return `${path.slice(root.length)} ${mtimeMs} ${size}`;
  });
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

function current(dist) {
  try {
    return JSON.parse(readFileSync(join(dist, 'cli.json'), 'utf8')).folder;
  } catch {
    return undefined; // Never built, or half removed: both mean that it has to be built.
  }
}

async function build(root, target, sources) {
  const esbuild = await import('esbuild');
  const temporary = `${target}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    await writeBundle(esbuild, { root, temporary, sources });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Somebody else finished the same build first, or it cannot be built.
    if (!statSync(target, { throwIfNoEntry: false })) throw error;
  }
}

async function writeBundle(esbuild, { root, temporary, sources }) {
  // Loaded only here: most starts build nothing.
  const { pastIndexes } = await import('./past-indexes.js');
  const src = join(root, 'src');
  const options = { ...bundleOptions(root, temporary), plugins: [pastIndexes(src), onlyWhatIsCalled(src)] };
  await esbuild.build({ ...options, entryPoints: ENTRIES });
  await esbuild.build({ ...options, entryPoints: COLLECTOR });
  for (const sql of sources.filter((path) => path.endsWith('.sql'))) {
    copyFileSync(sql, join(temporary, basename(sql)));
  }
}

/** None of our modules does anything by being imported: those of which nothing is used are left out. */
function onlyWhatIsCalled(src) {
  return {
    name: 'only what is called',
    setup(bundler) {
      bundler.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) =>
        resolveDir.startsWith(src) ? { path: resolve(resolveDir, path), sideEffects: false } : undefined,
      );
    },
  };
}

function bundleOptions(root, outdir) {
  return {
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    chunkNames: '[name]-[hash]',
    // Ink names a package for its own developers, which is not installed.
    external: ['@duckdb/node-api', 'pg', 'pg-native', 'esbuild', 'ssh2', 'react-devtools-core'],
    // React does much more work for its developers than for its users.
    define: { 'process.env.NODE_ENV': '"production"' },
    // CommonJS packages inside an ES module bundle still call require for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    // Whoever asked for the build tells what went wrong: some failures do not matter.
    logLevel: 'silent',
    legalComments: 'none',
  };
}

function removeOldBuilds(dist) {
  const builds = readdirSync(dist)
    .filter((name) => /^cli-[0-9a-f]{16}$/.test(name))
    .map((name) => ({ name, at: statSync(join(dist, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const old of builds.slice(KEPT_BUILDS)) rmSync(join(dist, old.name), { recursive: true, force: true });
  // What Node compiled of older builds is of no more use.
  rmSync(join(dist, 'compiled'), { recursive: true, force: true });
}

function listSources(folder, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) listSources(path, found);
    else if (/\.(ts|tsx|sql)$/.test(entry.name)) found.push(path);
  }
  return found;
}
