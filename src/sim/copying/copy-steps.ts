// What a copy has to do, worked out as `rsync -a` does it: a source that ends with a slash means what is in it, links stay
// links, files that are the same already are left out, one missing folder is made, and what else stands at the target
// remains. Nothing is written here.

export interface CopyEntry {
  /** `other`: a pipe, a socket, a device; those are left out. */
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** Files to look at. Paths are absolute there; a slash at the end follows a link. */
export interface FileView {
  /** Undefined where nothing is. */
  look(path: string, links: 'follow' | 'keep'): CopyEntry | undefined;
  /** Of what stands in a folder. */
  names(path: string): readonly string[];
}

export interface CopyStep {
  readonly kind: 'file' | 'folder' | 'link';
  readonly from: string;
  readonly to: string;
  /** Of a file; else 0. */
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface CopyRequest<View extends FileView = FileView> {
  readonly source: View;
  readonly target: View;
  readonly from: string;
  readonly to: string;
}

/** What came of a copy. */
export interface Carried {
  /** Of the files that were copied, and what had passed of the one in which it was cut off. */
  readonly bytes: number;
  /** What could not be copied and why; left out when all of it was. */
  readonly complaint?: string;
}

/** A copy that cannot begin, in rsync's words. */
export class CopyError extends Error {
  override name = 'CopyError';
}

/** Folders come before what is in them. Throws CopyError when there is no source, or no folder for the target. */
export function* copySteps({ source, target, from, to }: CopyRequest): Generator<CopyStep> {
  const isContents = /\/\.?$/.test(from);
  const first = source.look(from, isContents ? 'follow' : 'keep');
  if (!first) throw new CopyError(`link_stat "${from}" failed: No such file or directory (2)`);
  if (isContents && first.kind !== 'folder')
    throw new CopyError(`change_dir "${from}" failed: Not a directory (20)`);
  const top = target.look(to, 'follow');
  const isInto = first.kind === 'folder' || top?.kind === 'folder' || to.endsWith('/');
  if (isInto && top !== undefined && top.kind !== 'folder')
    throw new CopyError(`mkdir "${to}" failed: File exists (17)`);
  if (!top && target.look(parentOf(to), 'follow')?.kind !== 'folder')
    throw new CopyError(`mkdir "${to}" failed: No such file or directory (2)`);
  // A slash tells the target's own folder, which may be reached over a link, from those below it.
  if (isContents) return yield* tree(first, from, slashed(to));
  if (isInto && !top) yield stepOf('folder', first, from, slashed(to));
  yield* tree(first, from, isInto ? below(to, lastNameOf(from)) : to);

  function* tree(entry: CopyEntry, path: string, at: string): Generator<CopyStep> {
    if (entry.kind === 'folder') {
      yield stepOf('folder', entry, path, at);
      for (const name of [...source.names(path)].sort()) {
        const child = source.look(below(path, name), 'keep');
        if (child) yield* tree(child, below(path, name), below(at, name));
      }
    } else if (entry.kind === 'link') yield stepOf('link', entry, path, at);
    else if (entry.kind === 'file' && !isSame(entry, target.look(at, 'keep')))
      yield stepOf('file', entry, path, at);
  }
}

export function bytesIn(steps: readonly CopyStep[]): number {
  return steps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The name under which a file arrives before it takes its own, so that nobody sees a half of it. */
export function arrivingName(path: string): string {
  const name = lastNameOf(path);
  return below(parentOf(path), `.${name.slice(0, 200)}.arriving`);
}

function stepOf(kind: CopyStep['kind'], entry: CopyEntry, from: string, to: string): CopyStep {
  const sizeBytes = kind === 'file' ? entry.sizeBytes : 0;
  return { kind, from, to, sizeBytes, modifiedAtMs: entry.modifiedAtMs };
}

/** As rsync's quick check: size and whole seconds. */
function isSame(entry: CopyEntry, there: CopyEntry | undefined): boolean {
  const seconds = (ms: number) => Math.floor(ms / 1_000);
  return (
    there?.kind === 'file' &&
    there.sizeBytes === entry.sizeBytes &&
    seconds(there.modifiedAtMs) === seconds(entry.modifiedAtMs)
  );
}

function below(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function slashed(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function bare(path: string): string {
  return path.replace(/\/+$/, '');
}

function parentOf(path: string): string {
  return bare(path).slice(0, bare(path).lastIndexOf('/')) || '/';
}

function lastNameOf(path: string): string {
  return bare(path).slice(bare(path).lastIndexOf('/') + 1);
}
