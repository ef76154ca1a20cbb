// What a machine tells of a log file before it is read: its size and age by our clock, which file it is, and when it was made.
import { quoteWord, type RemoteShell } from '../../../net/ssh/index.ts';
import type { RemoteTarget } from '../../remote/index.ts';
import type { LogFile } from './log-print.ts';

export interface FarFile extends LogFile {
  readonly isThere: boolean;
  readonly sizeBytes: number;
  /** By our clock, as is the birth. */
  readonly modifiedAtMs: number;
}

const ANSWER_MS = 20_000;
/** The machine's clock is that of a machine; within this it is ours, as times come in whole seconds. */
const SAME_CLOCK_MS = 3_000;

/** Nothing at all is there yet, or this. */
export async function lookAtFile(
  { open, clock }: Pick<RemoteTarget, 'open' | 'clock'>,
  path: string,
  signal: AbortSignal,
): Promise<FarFile> {
  await using shell = await open({ signal });
  const found = await shell.stat(path);
  if (!found) {
    return { path, isThere: false, inode: null, bornAtMs: null, sizeBytes: 0, modifiedAtMs: clock.now() };
  }
  const { sizeBytes, modifiedAtMs } = found;
  const { inode, bornAtMs, skewMs } = await askMore(shell, path, { nowMs: () => clock.now(), signal });
  return {
    path,
    isThere: true,
    sizeBytes,
    modifiedAtMs: modifiedAtMs + skewMs,
    inode,
    bornAtMs: bornAtMs === null ? null : bornAtMs + skewMs,
  };
}

/** The file protocol tells neither, and not every machine has GNU's `stat`: then they are unknown. */
async function askMore(
  shell: RemoteShell,
  path: string,
  { nowMs, signal }: { readonly nowMs: () => number; readonly signal: AbortSignal },
): Promise<{ readonly inode: string | null; readonly bornAtMs: number | null; readonly skewMs: number }> {
  const { stdout } = await shell.exec(`date +%s; stat -L -c '%i %W' ${quoteWord(path)} 2>/dev/null || true`, {
    signal,
    timeoutMs: ANSWER_MS,
  });
  const [date = '', line = ''] = stdout.split('\n');
  const apartMs = /^\d+$/.test(date) ? nowMs() - Number(date) * 1_000 : 0;
  const skewMs = Math.abs(apartMs) < SAME_CLOCK_MS ? 0 : Math.round(apartMs / 1_000) * 1_000;
  const [, inode, born] = /^(\d+) (\d+)$/.exec(line) ?? [];
  return {
    inode: inode ?? null,
    // 0 is what it says where the file system does not know.
    bornAtMs: born === undefined || born === '0' ? null : Number(born) * 1_000,
    skewMs,
  };
}
