// What a step of a boot comes to, with the figures that the memory of hosts keeps.
import type { BootPhase, BootVerdict } from './boot-facts.ts';
import { type Blame, type BootFailure, blameFor, bootError } from './boot-failure.ts';
import type { BootPolicy } from './boot-policy.ts';
import type { BootMemory } from './boot-states.ts';
import type { FoundGpu } from './gpu-check.ts';
import { phaseWords } from './phase-words.ts';

/** For the memory of hosts. Seconds by the wall clock, as far as the boot was watched. */
export interface BootFigures {
  readonly outcome: 'ready' | BootFailure;
  readonly bootSeconds: number;
  /** Undefined when no pull was seen: the image was there, or the boot did not come so far. */
  readonly pullSeconds: number | undefined;
  /** From running to entered. */
  readonly sshSeconds: number | undefined;
  readonly wasRebooted: boolean;
}

export type BootStep =
  | (Extract<BootVerdict, { kind: 'waiting' }> & { /** When to look again. */ readonly nextAtMs: number })
  | {
      readonly kind: 'ready';
      readonly gpus: readonly FoundGpu[];
      /** Sentences. */
      readonly warnings: readonly string[];
      readonly sentence: string;
      readonly figures: BootFigures;
    }
  | {
      readonly kind: 'failed';
      readonly cause: BootFailure;
      /** Whether the next machine would do better. */
      readonly blame: Blame;
      /** An InstanceStartError or an SshConnectError, with the sentence as its message. */
      readonly error: Error;
      readonly sentence: string;
      readonly figures: BootFigures;
    };

type WaitingVerdict = Extract<BootVerdict, { kind: 'waiting' }>;

/** A boot as far as it was watched. */
interface Watched {
  readonly memory: BootMemory;
  readonly instanceId: number;
  readonly begunAtMs: number;
  readonly nowMs: number;
}

const SHORTEST_WAIT_MS = 1_000;

export function waitingStep(
  verdict: WaitingVerdict,
  given: { readonly memory: BootMemory; readonly nowMs: number; readonly policy: BootPolicy },
): BootStep {
  const { memory, nowMs, policy } = given;
  const tryAtMs = verdict.phase === 'connecting' ? memory.ssh.nextAtMs : Number.POSITIVE_INFINITY;
  const nextAtMs = Math.max(nowMs + SHORTEST_WAIT_MS, Math.min(tryAtMs, nowMs + policy.pollMs));
  return { ...verdict, nextAtMs };
}

/** Another process has gone on with the boot: what it does will be seen at the next look. */
export function overtakenStep(
  { phase }: { readonly phase: BootPhase },
  instanceId: number,
  nowMs: number,
  pollMs: number,
): BootStep {
  const nextAtMs = nowMs + pollMs;
  return {
    kind: 'waiting',
    phase,
    words: phaseWords(phase),
    pulledShare: undefined,
    expectedReadyAtMs: nextAtMs,
    earliestReadyAtMs: nowMs,
    latestReadyAtMs: nextAtMs,
    sentence: `Another process goes on with the boot of instance ${instanceId}`,
    nextAtMs,
  };
}

export function readyStep(
  watched: Watched,
  { gpus, warnings }: { readonly gpus: readonly FoundGpu[]; readonly warnings: readonly string[] },
): BootStep {
  const figures = figuresOf(watched, 'ready');
  const has = gpus.length === 0 ? '' : ` and has ${gpus.length} × ${gpus[0]?.name ?? ''}`;
  const sentence = `Instance ${watched.instanceId} was entered${has}, ready after ${Math.round(figures.bootSeconds)} s`;
  return { kind: 'ready', gpus, warnings, sentence, figures };
}

export function failedStep(watched: Watched, cause: BootFailure, sentence: string): BootStep {
  const error = bootError(watched.instanceId, cause, sentence);
  return {
    kind: 'failed',
    cause,
    blame: blameFor(cause),
    error,
    sentence,
    figures: figuresOf(watched, cause),
  };
}

function figuresOf({ memory, begunAtMs, nowMs }: Watched, outcome: BootFigures['outcome']): BootFigures {
  const { phase, phaseSinceMs, spentMs, reboot } = memory;
  const spent = (of: BootPhase) => (spentMs[of] ?? 0) + (phase === of ? nowMs - phaseSinceMs : 0);
  const seconds = (ms: number) => Math.max(0, ms) / 1_000;
  const pullMs = spent('pulling');
  return {
    outcome,
    bootSeconds: seconds(nowMs - begunAtMs),
    pullSeconds: pullMs > 0 ? seconds(pullMs) : undefined,
    sshSeconds: phase === 'connecting' ? seconds(spent('connecting')) : undefined,
    wasRebooted: reboot.doneAtMs !== undefined,
  };
}
