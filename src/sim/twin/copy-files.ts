// Copies between twins' disks and volumes, at once: the service says how long they take.
import {
  arrivingName,
  type Carried,
  type CopyRequest,
  type CopyStep,
  copySteps,
  type FileView,
} from '../copying/copy-steps.ts';
import { FileFault } from './file-fault.ts';
import type { TwinFileSystem } from './file-system.ts';

export type TwinCopy = Readonly<Record<'source' | 'target', TwinFileSystem>> &
  Pick<CopyRequest, 'from' | 'to'>;

/** Throws CopyError when the copy cannot begin. */
export function surveyTwinCopy({ source, target, from, to }: TwinCopy): readonly CopyStep[] {
  // All of it before anything is written: a folder may be copied into itself.
  return [...copySteps({ source: viewOf(source), target: viewOf(target), from, to })];
}

/** Stops where `limitBytes` have passed, without the file in which that was, and at a full disk. */
export function carryTwinFiles(
  { source, target }: Pick<TwinCopy, 'source' | 'target'>,
  steps: readonly CopyStep[],
  limitBytes: number,
): Carried {
  let bytes = 0;
  let complaint: string | undefined;
  const folders: CopyStep[] = [];
  for (const step of steps) {
    if (bytes + step.sizeBytes > limitBytes) {
      bytes = limitBytes;
      break;
    }
    try {
      carryStep(source, target, step);
      bytes += step.sizeBytes;
      if (step.kind === 'folder') folders.push(step);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      complaint ??= error.message;
      if (error.code === 'ENOSPC') break;
    }
  }
  // Last, since what came into them has changed their times.
  for (const { to, modifiedAtMs } of folders.reverse()) target.setModified(to, modifiedAtMs);
  return { bytes, ...(complaint !== undefined && { complaint }) };
}

function carryStep(source: TwinFileSystem, target: TwinFileSystem, step: CopyStep): void {
  const there = target.find(step.to, 'keep');
  if (step.kind === 'folder') {
    if (there?.kind === 'directory') return;
    if (there) target.remove(step.to);
    target.makeDirectory(step.to);
    return;
  }
  if (step.kind === 'link') {
    if (there) target.remove(step.to, there.kind === 'directory' ? 'empty-directory' : 'file');
    target.makeLink(step.to, source.find(step.from, 'keep')?.target ?? '');
    return;
  }
  const arriving = arrivingName(step.to);
  try {
    target.write(arriving, source.read(step.from));
    target.setModified(arriving, step.modifiedAtMs);
    target.rename(arriving, step.to);
  } catch (error) {
    if (target.find(arriving, 'keep')) target.remove(arriving);
    throw error;
  }
}

function viewOf(files: TwinFileSystem): FileView {
  return {
    look: (path, links) => {
      const found = files.find(path, links);
      if (!found) return undefined;
      const kind = found.kind === 'directory' ? 'folder' : found.kind;
      return { kind, sizeBytes: found.sizeBytes, modifiedAtMs: found.modifiedAtMs };
    },
    names: (path) => files.list(path).map((file) => file.path.slice(file.path.lastIndexOf('/') + 1)),
  };
}
