// What lies below a folder of the target, by SFTP alone: names come whole, whatever is in them.
import { NoSuchFileError, type RemoteFileInfo, type RemoteShell } from '../../../net/ssh/index.ts';
import type { FarFile } from './fetch-file.ts';
import { isPartName } from './local-files.ts';

export interface FarTree {
  /** Relative to the root, by path. */
  readonly files: readonly FarFile[];
  readonly folders: readonly string[];
  /** Links and devices, which are not fetched. */
  readonly others: readonly string[];
}

/** Folders listed at a time: each is a few round trips. */
const FOLDERS_AT_ONCE = 8;

/**
 * Links are not followed, unfinished transfers left out. Rejects with NoSuchFileError when the root is no folder that
 * is there; a folder that vanishes meanwhile counts as empty.
 */
export async function listFarTree(
  shell: RemoteShell,
  root: string,
  wants: (folder: string) => boolean = () => true,
): Promise<FarTree> {
  const files: FarFile[] = [];
  const folders: string[] = [];
  const others: string[] = [];
  const sort = (inside: string, info: RemoteFileInfo, next: string[]) => {
    const name = info.path.slice(info.path.lastIndexOf('/') + 1);
    const path = inside === '' ? name : `${inside}/${name}`;
    if (isPartName(name)) return;
    if (info.kind === 'file')
      files.push({
        path,
        sizeBytes: info.sizeBytes,
        modifiedAtMs: info.modifiedAtMs,
        isExecutable: info.isExecutable,
      });
    else if (info.kind !== 'directory') others.push(path);
    else if (wants(path)) {
      folders.push(path);
      next.push(path);
    }
  };
  for (let level = ['']; level.length > 0; ) {
    const next: string[] = [];
    const queue = level[Symbol.iterator]();
    const worker = async () => {
      for (const inside of queue) {
        const listed = await shell
          .list(inside === '' ? root : `${root}/${inside}`)
          .catch((error: unknown) => {
            if (inside !== '' && error instanceof NoSuchFileError) return [];
            throw error;
          });
        for (const info of listed) sort(inside, info, next);
      }
    };
    await Promise.all(Array.from({ length: Math.min(FOLDERS_AT_ONCE, level.length) }, worker));
    level = next;
  }
  const byPath = (a: { readonly path: string }, b: { readonly path: string }) => (a.path < b.path ? -1 : 1);
  return { files: files.sort(byPath), folders: folders.sort(), others: others.sort() };
}
