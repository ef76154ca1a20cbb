// The end as the instance knows it: written over SSH, and read back, because an end that was only sent has been
// believed before.
import type { RemoteShell } from '../../../net/ssh/index.ts';
import { SWITCH_FOLDER } from './dead-man-script.ts';

/** The instance did not take the end that it was given. */
export class UntilNotWrittenError extends Error {
  override name = 'UntilNotWrittenError';
}

const TIMEOUT_MS = 30_000;

/** Replaces the end in one step; the switch sees the old one or the new one. Throws UntilNotWrittenError. */
export async function writeUntil(shell: RemoteShell, untilMs: number): Promise<void> {
  const untilSec = Math.floor(untilMs / 1_000);
  const { code, stdout, stderr } = await shell.exec(
    `mkdir -p ${SWITCH_FOLDER} && cd ${SWITCH_FOLDER} && echo ${untilSec} >until.new && mv until.new until && cat until`,
    { timeoutMs: TIMEOUT_MS },
  );
  if (code === 0 && stdout.trim() === String(untilSec)) return;
  throw new UntilNotWrittenError(
    `The instance did not take the end ${untilSec} (code ${code}, "${(stdout + stderr).trim().slice(0, 200)}"); it stops at the end that it has`,
  );
}

/** Epoch milliseconds; undefined where there is none, and the end of its start holds. */
export async function readUntil(shell: RemoteShell): Promise<number | undefined> {
  const { code, stdout } = await shell.exec(`cat ${SWITCH_FOLDER}/until`, { timeoutMs: TIMEOUT_MS });
  const untilSec = Number(stdout.trim());
  return code === 0 && untilSec > 0 ? untilSec * 1_000 : undefined;
}
