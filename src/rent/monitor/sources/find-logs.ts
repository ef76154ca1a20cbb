// Which files on a machine look like the log of a training: by a pattern that a person gave, or by looking through the
// workspace for the newest one.
import { RemoteFileError, type RemoteFileInfo, type RemoteShell } from '../../../net/ssh/index.ts';

export interface FoundFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface WorkspaceFiles {
  /** The likeliest first. */
  readonly logs: readonly FoundFile[];
  /** TensorBoard's event files, the newest first. */
  readonly events: readonly FoundFile[];
}

const ANSWER_MS = 20_000;
const GLOB_MATCHES = 200;
/** Datasets are folders of folders: more than this is not looked through. */
const FOLDERS_MAX = 300;
const ENTRIES_MAX = 20_000;
const DEPTH_MAX = 4;
const AT_ONCE = 8;

const EVENT_FILE = /(^|\/)[^/]*\btfevents\b[^/]*$/;
const LOG_NAME =
  /\.(log|out)$|(^|[_.-])(train|trainer|training|log|logs|metrics|results|history)\w*\.(txt|jsonl|csv|tsv)$/i;
/** They grow beside every training and tell nothing of it. */
const OTHER_LOGS =
  /^(onstart|supervisord?|jupyter\w*|nginx|sshd|apt|dpkg|pip\w*|syslog|auth|instance_portal|caddy|tensorboard)\b.*\.log$/i;
const SKIPPED_FOLDERS =
  /^(\..*|node_modules|__pycache__|site-packages|venv|env|conda|miniconda3|anaconda3|data|dataset|datasets|checkpoint-\d+|global_step\d+)$/i;
/** How the first monitor for Vast.ai wanted logs to be called. */
const ORIGINAL = /(^|\/)output\/[^/]+\/training\.log$/;

/** The folder that Vast.ai's images work in. */
export async function workspaceOf(shell: RemoteShell, signal: AbortSignal): Promise<string> {
  const { stdout } = await shell.exec(`printf %s "\${WORKSPACE:-/workspace}"`, {
    signal,
    timeoutMs: ANSWER_MS,
  });
  return stdout.trim().replace(/\/+$/, '') || '/workspace';
}

/** The files that a pattern of the shell matches, the newest first; `~` and `*`, `?`, `[…]` mean what they do there. */
export async function expandGlob(
  shell: RemoteShell,
  glob: string,
  signal: AbortSignal,
): Promise<readonly FoundFile[]> {
  // Everything that could be a command loses its meaning.
  const pattern = glob.replace(/[^\w./*?[\]~-]/g, '\\$&');
  const { stdout } = await shell.exec(
    `for file in ${pattern}; do if [ -f "$file" ]; then printf '%s\\n' "$file"; fi; done`,
    { signal, timeoutMs: ANSWER_MS },
  );
  const paths = stdout.split('\n').filter((path) => path !== '');
  const found = await Promise.all(paths.slice(0, GLOB_MATCHES).map((path) => shell.stat(path)));
  return found.flatMap((info, at) => (info ? [fileOf(paths[at] as string, info)] : [])).sort(byAge);
}

/** Looks through the folder; one that is not there holds nothing. */
export async function findInWorkspace(
  shell: RemoteShell,
  root: string,
  signal: AbortSignal,
): Promise<WorkspaceFiles> {
  const logs: FoundFile[] = [];
  const events: FoundFile[] = [];
  let level: readonly string[] = [root];
  let folders = 0;
  let entries = 0;
  for (let depth = 0; depth <= DEPTH_MAX && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (let from = 0; from < level.length && folders < FOLDERS_MAX; from += AT_ONCE) {
      signal.throwIfAborted();
      const group = level.slice(from, from + AT_ONCE);
      folders += group.length;
      const listings = await Promise.all(group.map((folder) => listOrNothing(shell, folder)));
      for (const info of listings.flat()) {
        entries += 1;
        if (entries > ENTRIES_MAX) return sorted(logs, events);
        const name = info.path.slice(info.path.lastIndexOf('/') + 1);
        if (info.kind === 'directory' && !SKIPPED_FOLDERS.test(name)) next.push(info.path);
        if (info.kind !== 'file') continue;
        if (EVENT_FILE.test(info.path)) events.push(fileOf(info.path, info));
        else if (LOG_NAME.test(name) && !OTHER_LOGS.test(name)) logs.push(fileOf(info.path, info));
      }
    }
    level = next;
  }
  return sorted(logs, events);
}

function sorted(logs: readonly FoundFile[], events: readonly FoundFile[]): WorkspaceFiles {
  return {
    logs: logs.toSorted(
      (a, b) => Number(ORIGINAL.test(b.path)) - Number(ORIGINAL.test(a.path)) || byAge(a, b),
    ),
    events: events.toSorted(byAge),
  };
}

function fileOf(path: string, { sizeBytes, modifiedAtMs }: RemoteFileInfo): FoundFile {
  return { path, sizeBytes, modifiedAtMs };
}

function byAge(a: FoundFile, b: FoundFile): number {
  return b.modifiedAtMs - a.modifiedAtMs || (a.path < b.path ? -1 : 1);
}

/** A folder may go while we look, or be closed to us. */
async function listOrNothing(shell: RemoteShell, folder: string): Promise<readonly RemoteFileInfo[]> {
  try {
    return await shell.list(folder);
  } catch (error) {
    if (error instanceof RemoteFileError) return [];
    throw error;
  }
}
