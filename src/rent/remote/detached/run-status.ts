// Where a detached run stands, read from what the target told of it.
import { constants } from 'node:os';
import { assert } from '../../../base/std/index.ts';

export const LOST_REASONS = ['machine-rebooted', 'container-restarted', 'out-of-memory', 'killed'] as const;
/** `killed`: gone without a word, and nothing tells by whom; also where the kernel's log is closed to us. */
export type LostReason = (typeof LOST_REASONS)[number];

/** Times are in our clock's epoch milliseconds, whole seconds of the target's. */
export type RunStatus =
  | { readonly state: 'not-started' }
  /** `pid` leads the command's process group. */
  | { readonly state: 'running'; readonly pid: number; readonly sinceMs: number }
  | {
      readonly state: 'exited';
      /** As a shell tells it: 128 + n for signal n. */
      readonly code: number;
      /** `SIGKILL` for 137 and so on; a command that itself exits with such a code cannot be told apart. */
      readonly signal: string | null;
      /** The kernel killed something of the machine for want of memory while the run ran. */
      readonly isOutOfMemory: boolean;
      readonly sinceMs: number;
      readonly atMs: number;
    }
  /** Its processes are gone and nobody left how it ended. */
  | { readonly state: 'lost'; readonly reason: LostReason; readonly sinceMs: number };

const SAME_CLOCK_MS = 3_000;

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** `nowMs` is our clock's, to translate the target's times into ours. */
export function parseStatus(output: string, nowMs: number): RunStatus {
  const facts = new Map<string, readonly string[]>();
  for (const line of output.split('\n')) {
    const blank = line.indexOf(' ');
    if (blank > 0) facts.set(line.slice(0, blank), line.slice(blank + 1).split(':'));
  }
  const owner = facts.get('owner');
  if (!owner) return { state: 'not-started' };
  const system = facts.get('system');
  assert(system, `The target told no end of a run's status: ${JSON.stringify(output)}`);
  const [pid, start, boot, firstStart, oomBefore, since] = owner;
  const [bootNow, firstStartNow, oomNow, farNow] = system;
  const apartMs = nowMs - Number(farNow) * 1000;
  // Within what the answer took and what whole seconds lose, the clocks are the same.
  const skewMs = Math.abs(apartMs) < SAME_CLOCK_MS ? 0 : Math.round(apartMs / 1000) * 1000;
  const ours = (seconds: string | undefined) => Number(seconds) * 1000 + skewMs;
  const sinceMs = ours(since);
  const exit = facts.get('exit');
  if (exit) {
    const [code, at, before, after] = exit;
    return {
      state: 'exited',
      code: Number(code),
      signal: SIGNAL_NAMES.get(Number(code) - 128) ?? null,
      isOutOfMemory: hasGrown(before, after),
      sinceMs,
      atMs: ours(at),
    };
  }
  const child = facts.get('child');
  const isSameSystem = boot === bootNow && firstStart === firstStartNow;
  const lives = (name: string, startThen: string | undefined) => {
    const [startNow, state] = facts.get(`alive-${name}`) ?? [];
    return isSameSystem && startNow !== undefined && startNow === startThen && state !== 'Z';
  };
  if (lives('owner', start) || (child && lives('child', child[1])))
    return { state: 'running', pid: Number(child?.[0] ?? pid), sinceMs };
  const reason = lostReason({
    hasBooted: boot !== bootNow,
    isSameSystem,
    isOutOfMemory: hasGrown(oomBefore, oomNow),
  });
  return { state: 'lost', reason, sinceMs };
}

function lostReason({
  hasBooted,
  isSameSystem,
  isOutOfMemory,
}: {
  readonly hasBooted: boolean;
  readonly isSameSystem: boolean;
  readonly isOutOfMemory: boolean;
}): LostReason {
  if (hasBooted) return 'machine-rebooted';
  if (!isSameSystem) return 'container-restarted';
  return isOutOfMemory ? 'out-of-memory' : 'killed';
}

/** Counters that are not there are `-` and have not grown. */
function hasGrown(before: string | undefined, after: string | undefined): boolean {
  return Number(after) > Number(before);
}

/** Whether the kernel's log says that it killed one of these processes. */
export function tellsOfKill(kernelLog: string, pids: readonly number[]): boolean {
  return [...kernelLog.matchAll(/killed process (\d+)/gi)].some((found) => pids.includes(Number(found[1])));
}
