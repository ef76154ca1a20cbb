// The disk of a probe: a file of bounded size is written to the disk and read back, and removed.
import { quoteWord, type RemoteShell } from '../../../../net/ssh/index.ts';
import { lastWords, type ProbePart } from './probe-part.ts';

/** MB/s are of 1,000,000 bytes. */
export interface DiskFigures {
  readonly sizeMb: number;
  readonly writeMbPerSecond: number;
  /** Null where the file could not be read back past the memory. */
  readonly readMbPerSecond: number | null;
  readonly freeMb: number;
}

export interface ProbeDiskOptions {
  /** Where it is written; default the login's home. */
  readonly folder?: string | undefined;
  readonly fileName: string;
  /** MiB; less where the disk has not ten times as much free. */
  readonly sizeMb: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A smaller file says nothing. */
const LEAST_MB = 8;
const SHARE_OF_FREE = 0.1;

export async function probeDisk(
  shell: RemoteShell,
  options: ProbeDiskOptions,
): Promise<ProbePart<DiskFigures>> {
  const { folder = '.', fileName, timeoutMs, signal } = options;
  const run = (command: string) => shell.exec(command, { timeoutMs, ...(signal && { signal }) });
  const df = await run(`df -Pk ${quoteWord(folder)}`);
  const freeKb = Number(/^\S.*?\s+\d+\s+\d+\s+(\d+)\s+\d+%/m.exec(df.stdout)?.[1] ?? Number.NaN);
  if (!Number.isFinite(freeKb)) {
    return { kind: 'failed', reason: `df does not tell what is free (${lastWords(df.stdout, df.stderr)})` };
  }
  const freeMb = Math.floor(freeKb / 1_024);
  const sizeMb = Math.floor(Math.min(options.sizeMb, freeMb * SHARE_OF_FREE));
  if (sizeMb < LEAST_MB) {
    return {
      kind: 'failed',
      reason: `${freeMb} MB are free; a probe takes a tenth of it, and that is too little`,
    };
  }
  const file = quoteWord(`${folder}/${fileName}`);
  try {
    const written = await run(`LC_ALL=C dd if=/dev/zero of=${file} bs=1M count=${sizeMb} conv=fsync`);
    const writeSpeed = written.code === 0 ? speedOf(written.stderr) : undefined;
    if (writeSpeed === undefined) {
      return { kind: 'failed', reason: `it could not be written to (${lastWords(written.stderr)})` };
    }
    // Straight from the disk: the kernel still has the file in its memory.
    const read = await run(`LC_ALL=C dd if=${file} of=/dev/null bs=1M iflag=direct`);
    const readSpeed = read.code === 0 ? speedOf(read.stderr) : undefined;
    return {
      kind: 'measured',
      method: `dd of ${sizeMb} MiB of zeros with fsync, read back past the memory`,
      figures: {
        sizeMb,
        writeMbPerSecond: writeSpeed,
        readMbPerSecond: readSpeed ?? null,
        freeMb,
      },
      remarks: [
        ...(readSpeed === undefined ? [`it could not be read back (${lastWords(read.stderr)})`] : []),
        'a disk that compresses writes zeros faster than data',
      ],
    };
  } finally {
    // A connection that is lost leaves the file; the next probe of the same name takes its place.
    await shell.exec(`rm -f ${file}`, { timeoutMs }).catch(() => {});
  }
}

/** `268435456 bytes (268 MB, 256 MiB) copied, 0.131 s, 2.0 GB/s`; BusyBox says seconds instead of s. */
function speedOf(said: string): number | undefined {
  const match = /^(\d+) bytes .*copied, ([\d.]+(?:e-\d+)?) s/m.exec(said);
  const [bytes, seconds] = [Number(match?.[1]), Number(match?.[2])];
  return bytes > 0 && seconds > 0 ? bytes / 1e6 / seconds : undefined;
}
