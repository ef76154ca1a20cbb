// The rules of the structure as functions over the text of the sources.
import { dirname, join, normalize } from 'node:path';

export interface SourceFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export interface TidyFault {
  readonly rule: string;
  readonly path: string;
  readonly what: string;
}

/** The wings from the ground up: a wing imports only from those before it. */
const WINGS = ['base', 'net', 'sim', 'watch', 'rent', 'host', 'flow', 'front'];

/** Inside a wing: a folder may import the folders named here. Folders that are not named are blind to all. */
const FOLDERS: Record<string, readonly string[]> = {
  'base/std': [],
  'base/yaml': ['base/std'],
  'base/store': ['base/std'],
  'base/ledger': ['base/std', 'base/store'],
  'base/strategy': ['base/std', 'base/store'],
  'net/vast': [],
  'net/ssh': [],
  'net/notify': [],
  'watch/history': [],
  'watch/exchange': ['watch/history'],
  'watch/collector': ['watch/history'],
  'watch/estimators': ['watch/history'],
  'watch/queries': ['watch/history'],
  'watch/reports': ['watch/history', 'watch/estimators', 'watch/queries'],
  'rent/rental': [],
  'rent/remote': [],
  'rent/queue': [],
  'rent/training': [],
  'rent/jobs': ['rent/rental', 'rent/remote', 'rent/queue', 'rent/training'],
  'rent/monitor': ['rent/rental', 'rent/remote', 'rent/queue', 'rent/training', 'rent/jobs'],
  'rent/mesh': ['rent/rental', 'rent/remote', 'rent/queue', 'rent/training', 'rent/jobs'],
  'flow/graph': [],
  'flow/engine': ['flow/graph'],
  'flow/steps': ['flow/graph', 'flow/engine'],
  'front/app': [],
  'front/http': ['front/app'],
  'front/tui': ['front/app', 'front/http'],
  // The command that opens the screen.
  'front/cli': ['front/app', 'front/http', 'front/tui'],
};

/** Entrances of a folder beside its index.ts. */
const EXTRA_DOORS = [
  'net/vast/wire/index.ts',
  'flow/graph/index.ts',
  'front/http/protocol.ts',
  // Asking a daemon must not load what answers, nor all that a daemon runs.
  'front/http/daemon-client.ts',
  'front/app/daemon/find-daemon.ts',
];

/** What the simulator may know of us. */
const SIM_MAY_IMPORT = ['base/std/index.ts', 'net/vast/wire/index.ts', 'net/ssh/index.ts'];

/** A call that reads the world, and the files in which it may stand. */
const AMBIENT: readonly [pattern: RegExp, allowed: RegExp][] = [
  [/\bDate\.now\(/, /^src\/base\/std\/clock\.ts$/],
  [/\bnew Date\(\)/, /^$/],
  [/\bperformance\.now\(/, /^src\/base\/std\/clock\.ts$/],
  [/(?<![.\w])(setTimeout|setInterval|setImmediate)\(/, /^src\/base\/std\/clock\.ts$/],
  [/\bMath\.random\(/, /^$/],
  [/\b(randomBytes|randomUUID|randomInt|getRandomValues)\(/, /^src\/base\/std\/random\.ts$/],
  [/\bprocess\.(env|argv|stdout|stdin|stderr|exit|exitCode)\b/, /^src\/front\/cli\/(process|main)\.ts$/],
  [/(?<![\w/.])console\.\w+\(/, /^$/],
  [/(?<![.\w'"`])fetch\(/, /^$/],
];

/** Files that may be longer than 800 lines would be named here: none is. */
const LINES_MAX = 800;

export function tidyFaults(files: readonly SourceFile[]): TidyFault[] {
  const known = new Set(files.map((file) => file.path));
  const faults: TidyFault[] = [];
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const fault = (rule: string, what: string) => faults.push({ rule, path: file.path, what });
    const code = withoutComments(file.text);
    everyFile(file, fault);
    if (!file.path.startsWith('src/')) {
      everyTest(file.path, code, fault);
      continue;
    }
    everySource(file, code, fault);
    const targets = importsOf(file.path, code);
    graph.set(file.path, targets);
    for (const target of targets) {
      if (!known.has(target)) fault('missing', target);
      importRules(file.path, target, fault);
    }
  }
  for (const cycle of cyclesIn(graph))
    faults.push({ rule: 'cycle', path: cycle[0] ?? '', what: cycle.join(' → ') });
  return faults;
}

type Report = (rule: string, what: string) => void;

function everyFile({ path, text }: SourceFile, fault: Report): void {
  if (/\/(utils?|helpers?|common|misc|manager)\.tsx?$/.test(path))
    fault('name', 'a file is named for its one idea');
  const lines = text.split('\n').length;
  if (lines > LINES_MAX) fault('length', `${lines} lines`);
  if (/\b(TODO|FIXME|XXX)\b/.test(text)) fault('placeholder', 'finish it or file an issue');
  if (/\/(work|farm)\/[a-z]/.test(text)) fault('machine-path', 'a path of somebody’s machine');
}

function everyTest(path: string, code: string, fault: Report): void {
  if (/\b(it|describe|test)\.(only|todo)\b/.test(code)) fault('test-skip', 'only or todo');
  if (path.startsWith('test/') && /\bsetTimeout\(/.test(code))
    fault('test-sleep', 'wait for an event or step the clock');
}

function everySource({ path }: SourceFile, code: string, fault: Report): void {
  for (const [pattern, allowed] of AMBIENT) {
    const found = pattern.exec(code);
    if (found && !allowed.test(path)) fault('ambient', found[0]);
  }
  if (/\binstances\.list\(/.test(code) && path !== 'src/rent/rental/watcher/account-watcher.ts') {
    fault('lister', 'only the account watcher lists instances');
  }
  if (/export \* from/.test(code)) fault('star', 'an index names what it exports');
}

function importRules(from: string, to: string, fault: Report): void {
  const [fromWing, fromFolder] = place(from);
  const [toWing, toFolder] = place(to);
  if (fromWing === 'index.ts' || !to.startsWith('src/')) return;
  const inside = to.slice('src/'.length);
  if (fromWing === 'sim' && toWing !== 'sim' && !SIM_MAY_IMPORT.includes(inside))
    fault('wing', `sim may not know ${to}`);
  if (toWing === 'sim' && fromWing !== 'sim' && fromFolder !== 'front/cli') fault('sim-door', to);
  if (fromWing !== toWing && WINGS.indexOf(toWing) > WINGS.indexOf(fromWing)) fault('wing', to);
  if (
    fromWing === toWing &&
    fromFolder !== toFolder &&
    isFolder(from) &&
    !FOLDERS[fromFolder]?.includes(toFolder)
  ) {
    fault('folder', to);
  }
  if (fromFolder !== toFolder && !isDoor(inside, toWing, toFolder)) fault('door', to);
  if (fromFolder === toFolder && inside === `${toFolder}/index.ts`) fault('own-index', to);
}

function isDoor(inside: string, wing: string, folder: string): boolean {
  return inside === `${folder}/index.ts` || inside === `${wing}/index.ts` || EXTRA_DOORS.includes(inside);
}

/** `src/watch/history/journal/diff.ts` stands in wing `watch`, folder `watch/history`; sim and host are one folder each. */
function place(path: string): [wing: string, folder: string] {
  const [, wing = '', folder = ''] = path.split('/');
  if (wing === 'sim' || wing === 'host') return [wing, wing];
  return [wing, `${wing}/${folder}`];
}

/** False for a wing's own index, which joins its folders. */
function isFolder(path: string): boolean {
  return path.split('/').length > 3;
}

function importsOf(path: string, code: string): string[] {
  const found = code.matchAll(/(?:from\s+|import\s+|import\(\s*)['"](\.{1,2}\/[^'"]+)['"]/g);
  return [...new Set([...found].map((match) => normalize(join(dirname(path), match[1] as string))))];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}

/** One cycle for each strongly connected set of more than one file (Tarjan). */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string) => {
    order.set(node, order.size);
    low.set(node, order.get(node) as number);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node) as number, low.get(next) as number));
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node) as number, order.get(next) as number));
      }
    }
    if (low.get(node) !== order.get(node)) return;
    const members = stack.splice(stack.indexOf(node));
    if (members.length > 1) cycles.push(members);
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return cycles;
}
