// Files and folders to a machine and back: whole or not at all under their names, going on where they were broken off.
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { NoSuchFileError, quoteWord } from '../../../net/ssh/index.ts';
import { type RemoteTarget, whileReconnecting } from '../reconnect.ts';
import { farFault } from './far-fault.ts';
import { type FarTools, findFarTools } from './far-tools.ts';
import { listFarTree } from './far-tree.ts';
import { type FarFile, FileChangedError, fetchToPart } from './fetch-file.ts';
import { fetchFiles } from './fetch-files.ts';
import { completePart, partName } from './local-files.ts';
import { listLocalTree, type TreeEntry } from './local-tree.ts';
import { type Means, openSpawning, type TransferWay } from './means.ts';
import type { OpenSshAccess } from './openssh.ts';
import { createProgress, type OnProgress } from './progress.ts';
import { publishFile, publishFolder } from './publish.ts';
import { isWholeName } from './safe-path.ts';
import { sendFile } from './send-file.ts';
import { sendTree } from './send-tree.ts';

export interface TransferOptions {
  /** What is sent: a file or a folder, whose content goes into `to`. */
  readonly from: string;
  /** The name that it gets, not the folder to put it into. Folders on the way are made. */
  readonly to: string;
  /** Default true: compressed where both ends can and a sample shrinks by a tenth. */
  readonly compress?: boolean;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface UploadTreeOptions extends TransferOptions {
  /** Leave out what `.gitignore` and `.vastdeckignore` say, and `.git`; default true. */
  readonly ignore?: boolean;
}

export interface TransferReport {
  readonly files: number;
  readonly bytes: number;
  readonly ways: readonly TransferWay[];
  /** What was left out: links of a machine, pipes and devices, names that are no UTF-8. */
  readonly skipped: readonly string[];
}

/** Some files of a folder; see `fetchFiles`. For the artifacts of this folder. */
export interface FetchInto {
  readonly root: string;
  readonly files: readonly FarFile[];
  readonly staging: string;
  readonly compress?: boolean;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Transfers {
  upload(options: UploadTreeOptions): Promise<TransferReport>;
  /** Rejects with NoSuchFileError, PlaceTakenError, UnsafePathError, or FileChangedError when a file never stood still. */
  download(options: TransferOptions): Promise<TransferReport>;
  /** Brings files below a local folder under their names; each is whole when it is there. */
  fetchInto(options: FetchInto): Promise<readonly TransferWay[]>;
}

export interface TransfersOptions {
  /** Lets large transfers go by rsync or scp; without, all goes over the target's own connection. */
  readonly openSsh?: OpenSshAccess;
}

/** A file that is written all the time is given up. */
const CHANGED_TRIES = 3;

export function createTransfers(target: RemoteTarget, { openSsh }: TransfersOptions = {}): Transfers {
  let known: FarTools | undefined;
  const toolsOf = async (signal: AbortSignal | undefined): Promise<FarTools> => {
    known ??= await whileReconnecting(target, (shell) => findFarTools(shell, signal), {
      what: 'look for programs',
      signal,
    });
    return known;
  };

  const withMeans = async (
    { compress = true, onProgress, signal }: Pick<FetchInto, 'compress' | 'onProgress' | 'signal'>,
    total: { readonly bytes: number; readonly files: number },
    work: (means: Means) => Promise<void>,
  ): Promise<readonly TransferWay[]> => {
    const tools = await toolsOf(signal);
    const ways = new Set<TransferWay>();
    await using opened = await openSpawning(openSsh, tools);
    const progress = createProgress(target.clock, total, onProgress);
    await work({
      target,
      tools,
      spawning: opened.spawning,
      progress,
      mayCompress: compress,
      signal,
      used: (way) => void ways.add(way),
    });
    progress.finish();
    return [...ways];
  };

  const uploadTree = async (
    options: UploadTreeOptions,
    folder: string,
    to: string,
  ): Promise<TransferReport> => {
    const skipped: string[] = [];
    const entries = await listLocalTree(folder, {
      ignore: options.ignore ?? true,
      onSkipped: (path) => void skipped.push(path),
    });
    const total = totalOf(entries);
    const ways = await withMeans(options, total, (means) => sendTree(means, { folder, entries, to }));
    return { ...total, ways, skipped };
  };

  const downloadTree = async (
    options: TransferOptions,
    root: string,
    to: string,
  ): Promise<TransferReport> => {
    const { signal } = options;
    const tree = await whileReconnecting(target, (shell) => listFarTree(shell, root), {
      what: 'list a folder',
      signal,
    });
    const files = tree.files.filter(({ path }) => isWholeName(path));
    const nameless = tree.files.filter(({ path }) => !isWholeName(path)).map(({ path }) => path);
    const total = totalOf(files);
    const staging = join(dirname(to), partName('tree', root, to));
    const ways = await withMeans(options, total, async (means) => {
      await fetchFiles(means, { root, files, staging });
      await publishFolder(staging, to, { files: files.map(({ path }) => path), folders: tree.folders });
    });
    return { ...total, ways, skipped: [...tree.others, ...nameless] };
  };

  const downloadFile = async (
    options: TransferOptions,
    file: FarFile,
    to: string,
  ): Promise<TransferReport> => {
    const part = join(dirname(to), partName(file.path, file.sizeBytes, file.modifiedAtMs, basename(to)));
    const total = { bytes: file.sizeBytes, files: 1 };
    const ways = await withMeans(options, total, async (means) => {
      await fetchToPart(means, file, part);
      await completePart(part, file);
      await publishFile(part, to);
      means.progress.fileDone();
    });
    return { ...total, ways, skipped: [] };
  };

  return {
    async upload(options) {
      const from = resolve(options.from);
      const to = withoutSlash(options.to);
      const { signal } = options;
      const found = await stat(from);
      const parent = to.slice(0, Math.max(0, to.lastIndexOf('/')));
      if (parent !== '') {
        const made = await whileReconnecting(target, (shell) => shell.exec(`mkdir -p ${quoteWord(parent)}`), {
          what: 'make a folder',
          signal,
        });
        if (made.code !== 0) throw farFault(parent, 'made', made.stderr);
      }
      if (found.isDirectory()) return await uploadTree(options, from, to);
      const total = { bytes: found.size, files: 1 };
      const ways = await withMeans(options, total, (means) => sendFile(means, from, to));
      return { ...total, ways, skipped: [] };
    },
    async download(options) {
      const from = withoutSlash(options.from);
      const to = resolve(options.to);
      const { signal } = options;
      await mkdir(dirname(to), { recursive: true });
      for (let tries = 1; ; tries += 1) {
        const found = await whileReconnecting(target, (shell) => shell.stat(from), {
          what: 'look at a file',
          signal,
        });
        if (!found) throw new NoSuchFileError(`${from} cannot be fetched: it is not there`, from);
        if (found.kind === 'directory') return await downloadTree(options, from, to);
        try {
          return await downloadFile(options, { ...found, path: from }, to);
        } catch (error) {
          if (!(error instanceof FileChangedError) || tries >= CHANGED_TRIES) throw error;
        }
      }
    },
    fetchInto: ({ root, files, staging, ...options }) =>
      withMeans(options, totalOf(files), (means) => fetchFiles(means, { root, files, staging })),
  };
}

function totalOf(entries: readonly (FarFile | TreeEntry)[]): { bytes: number; files: number } {
  const files = entries.filter((entry) => !('kind' in entry) || entry.kind === 'file');
  return { bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), files: files.length };
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}
