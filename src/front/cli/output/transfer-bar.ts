// How far a transfer is, in one line: a bar, bytes, files, and how long it will take.
import { formatDuration } from '../../../base/std/index.ts';
import type { TransferProgress } from '../../../rent/remote/index.ts';
import { formatBytes } from './number.ts';

const CELLS = 20;

/** `█████████░░░░░░░░░░░  45 %  12.3 MB of 27.1 MB, 3 of 5 files, 8s left`. */
export function transferBar({ bytes, totalBytes, files, totalFiles, etaMs }: TransferProgress): string {
  // Nothing but empty files is measured by their number.
  const share = totalBytes > 0 ? bytes / totalBytes : totalFiles > 0 ? files / totalFiles : 1;
  const full = Math.floor(share * CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(CELLS - full);
  const left =
    etaMs === null || share >= 1 ? '' : `, ${formatDuration(Math.ceil(etaMs / 1_000) * 1_000)} left`;
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar} ${percent} %  ${formatBytes(bytes)} of ${formatBytes(totalBytes)}, ${files} of ${totalFiles} files${left}`;
}
