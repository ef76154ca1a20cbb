// How the memory of a boot grows: by what the service says now, by lines of logs, by tries to enter.
import type { Instance } from '../../../net/vast/index.ts';
import type { BootFacts, BootPhase, SshOutcome } from './boot-facts.ts';
import { phaseOf } from './boot-phase.ts';
import type { BootPolicy } from './boot-policy.ts';
import type { BootMemory, BootState } from './boot-states.ts';
import { saysPulled } from './daemon-words.ts';
import { expectPull, type PullFacts, shareOf } from './pull-estimate.ts';
import { readPullProgress } from './pull-progress.ts';

/** Graces of these phases begin when they are seen, not when the boot began: somebody may come back to them late. */
const COUNTED_FROM_SIGHT: readonly BootPhase[] = ['connecting', 'queued', 'silent', 'ended'];

/** Tries to enter come so soon after one another, at first and later. */
const FIRST_TRIES_MS = 60_000;
const NEXT_TRY_MS = 5_000;
const LATER_TRY_MS = 10_000;
/** A restarted container is not up before. */
const REBOOT_TAKES_MS = 15_000;

/** What the service says of it now. */
export function observe(state: BootState, instance: Instance, nowMs: number): BootMemory {
  const { memory } = state;
  const isPulled = memory?.lastPull?.progress.isDone === true || saysPulled(instance.statusMessage ?? '');
  const phase = phaseOf(instance, { isPulled });
  if (!memory) {
    return {
      phase,
      phaseSinceMs: COUNTED_FROM_SIGHT.includes(phase) ? nowMs : state.begunAtMs,
      spentMs: {},
      daemonLines: [],
      containerLines: [],
      key: { tries: 0 },
      reboot: {},
      ssh: { windowFromMs: nowMs, tries: 0, nextAtMs: nowMs },
    };
  }
  if (memory.phase === phase) return memory;
  // A host that was silent for a moment does not make the container another one.
  const isFirstRun = phase === 'connecting' && memory.phase !== 'silent' && memory.phase !== 'ended';
  const spentMs = (memory.spentMs[memory.phase] ?? 0) + Math.max(0, nowMs - memory.phaseSinceMs);
  return {
    ...memory,
    phase,
    phaseSinceMs: nowMs,
    spentMs: { ...memory.spentMs, [memory.phase]: spentMs },
    ...(isFirstRun && { ssh: { windowFromMs: nowMs, tries: 0, nextAtMs: nowMs } }),
  };
}

/** Lines as they were read just now; undefined for a log that could not be had. */
export function withDaemonLines(
  memory: BootMemory,
  lines: readonly string[] | undefined,
  nowMs: number,
): BootMemory {
  return { ...memory, daemonAskedAtMs: nowMs, ...(lines && { daemonLines: lines }) };
}

export function withContainerLines(
  memory: BootMemory,
  lines: readonly string[] | undefined,
  nowMs: number,
): BootMemory {
  return { ...memory, containerAskedAtMs: nowMs, ...(lines && { containerLines: lines }) };
}

/** How far the pull is, by the lines that were read and the status message. */
export function withPull(memory: BootMemory, instance: Instance, nowMs: number): BootMemory {
  const { firstPull, lastPull, daemonLines, daemonAskedAtMs } = memory;
  const progress = readPullProgress([...daemonLines, instance.statusMessage ?? '']);
  if (!progress) return memory;
  // Lines that say the same as before tell something only when they have just been read.
  const isNews = daemonAskedAtMs === nowMs || JSON.stringify(progress) !== JSON.stringify(lastPull?.progress);
  if (!isNews) return memory;
  const mark = { atMs: nowMs, progress };
  const hasBegunAnew = lastPull && (shareOf(progress) ?? 0) < (shareOf(lastPull.progress) ?? 0);
  return { ...memory, firstPull: firstPull && !hasBegunAnew ? firstPull : mark, lastPull: mark };
}

export function withTry(
  memory: BootMemory,
  failure: { readonly outcome: SshOutcome; readonly message: string; readonly begunAtMs: number },
  nowMs: number,
): BootMemory {
  const { ssh } = memory;
  const { outcome, message, begunAtMs } = failure;
  const sinceMs = ssh.last?.outcome === outcome ? ssh.last.sinceMs : begunAtMs;
  const isEarly = nowMs - ssh.windowFromMs < FIRST_TRIES_MS;
  return {
    ...memory,
    ssh: {
      ...ssh,
      tries: ssh.tries + 1,
      nextAtMs: nowMs + (isEarly ? NEXT_TRY_MS : LATER_TRY_MS),
      last: { outcome, sinceMs, atMs: nowMs, message },
    },
  };
}

/** What was seen before the reboot says nothing of the container after it. */
export function withReboot(memory: BootMemory, nowMs: number): BootMemory {
  return {
    ...memory,
    reboot: { ...memory.reboot, doneAtMs: nowMs },
    containerLines: [],
    ssh: { windowFromMs: nowMs, tries: 0, nextAtMs: nowMs + REBOOT_TAKES_MS },
  };
}

export function factsOf(
  memory: BootMemory,
  given: {
    readonly instance: Instance;
    readonly begunAtMs: number;
    readonly nowMs: number;
    readonly pullFacts: PullFacts;
    readonly policy: BootPolicy;
  },
): BootFacts {
  const { instance, begunAtMs, nowMs, pullFacts, policy } = given;
  return {
    nowMs,
    instance,
    begunAtMs,
    phaseSinceMs: memory.phaseSinceMs,
    daemonLines: memory.daemonLines,
    containerLines: memory.containerLines,
    pull: {
      expected: expectPull(pullFacts),
      first: memory.firstPull,
      last: memory.lastPull,
      sinceMs: memory.phase === 'pulling' ? memory.phaseSinceMs : nowMs,
    },
    key: memory.key,
    reboot: memory.reboot,
    ssh: memory.ssh,
    policy,
  };
}
