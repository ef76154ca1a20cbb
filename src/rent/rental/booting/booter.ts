// Boots a rental: from an instance that exists to one that was entered and has the GPUs that were paid for. Each step
// looks, decides anew and does the one safe thing that is due; what it must not do twice it writes down before.
import { assert, type Clock, type Log } from '../../../base/std/index.ts';
import type { Store } from '../../../base/store/index.ts';
import type { Instance, VastClient } from '../../../net/vast/index.ts';
import type { Rental } from '../records/index.ts';
import { type BootTarget, createBootActs } from './boot-acts.ts';
import { startSentence } from './boot-failure.ts';
import {
  factsOf,
  observe,
  withContainerLines,
  withDaemonLines,
  withPull,
  withReboot,
  withTry,
} from './boot-memory.ts';
import { type BootPolicy, DEFAULT_BOOT_POLICY } from './boot-policy.ts';
import { type BootMemory, type BootState, createBootStates } from './boot-states.ts';
import { type BootStep, failedStep, overtakenStep, readyStep, waitingStep } from './boot-step.ts';
import type { ConnectInstance } from './instance-connector.ts';
import { judgeBoot } from './judge-boot.ts';
import type { PullFacts } from './pull-estimate.ts';
import { readLog } from './read-log.ts';
import { createRedact, type Redact } from './redact.ts';
import { tryEnter } from './try-enter.ts';

export interface BooterOptions {
  readonly client: Pick<VastClient, 'instances'>;
  readonly connect: ConnectInstance;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: Partial<BootPolicy>;
  /** What is known of the image and of earlier pulls on the machine; default the machine's advertised line alone. */
  readonly pullFacts?: (rental: Rental, instance: Instance) => PullFacts;
  /** Whether a machine without nvidia-smi will not do; default none is refused for that. */
  readonly needsCuda?: (rental: Rental) => boolean;
}

export interface Booter {
  /**
   * One step of a rental's boot. It takes moments while there is nothing to enter; a try to enter takes up to twice the
   * connect timeout, nvidia-smi and a log their own. Rejects with the signal's reason, and with a KeyFormatError for a private key that cannot be read. The instance stays whatever comes of it.
   */
  step(rental: Rental, instance: Instance, options?: { readonly signal?: AbortSignal }): Promise<BootStep>;
}

/** One boot of one instance, as a step sees it. */
interface Course extends BootTarget {
  readonly pull: PullFacts;
  readonly redact: Redact;
}

const LOG_LINES = 60;
const LOG_TIMEOUT_MS = 12_000;
/** Most boots are past the pull by then, or have told of it in the status message. */
const FIRST_LOG_AFTER_MS = 15_000;
/** A log that is older is read once more before its last lines are quoted. */
const FRESH_LOG_MS = 5_000;
/** A key that is refused after so many is taken off and attached anew. */
const PLAIN_ATTACHINGS = 2;
/** Attaching, trying, reading, rebooting: a step does each at most once or twice. */
const MOST_ROUNDS = 10;

export function createBooter(options: BooterOptions): Booter {
  const { client, connect, store, clock, log, pullFacts, needsCuda } = options;
  const policy: BootPolicy = { ...DEFAULT_BOOT_POLICY, ...options.policy };
  const states = createBootStates(store);
  const acts = createBootActs({ client, log });
  const now = () => Math.trunc(clock.now());

  /** Undefined when another process has gone on with this boot. */
  const keep = async (state: BootState, memory: BootMemory): Promise<BootState | undefined> => {
    if (state.memory && JSON.stringify(state.memory) === JSON.stringify(memory)) return state;
    return await states.save(state, memory);
  };

  const logOf = (which: 'daemon' | 'container', { instance, redact, signal }: Course) =>
    readLog(
      { client, clock, log },
      { instanceId: instance.id, which, lines: LOG_LINES, timeoutMs: LOG_TIMEOUT_MS, redact, signal },
    );

  /** The one log that tells something now, at a rate that the service bears. */
  const readDueLog = async (memory: BootMemory, state: BootState, course: Course): Promise<BootMemory> => {
    const atMs = now();
    const isDue = (askedAtMs: number | undefined) => atMs - (askedAtMs ?? 0) >= policy.logEveryMs;
    if (['provisioning', 'pulling', 'starting'].includes(memory.phase)) {
      if (atMs - state.begunAtMs < FIRST_LOG_AFTER_MS || !isDue(memory.daemonAskedAtMs)) return memory;
      return withDaemonLines(memory, await logOf('daemon', course), now());
    }
    const { last, tries } = memory.ssh;
    const isClosed = last?.outcome === 'no-handshake' || last?.outcome === 'refused';
    if (memory.phase !== 'connecting' || !isClosed || tries < 2 || !isDue(memory.containerAskedAtMs))
      return memory;
    return withContainerLines(memory, await logOf('container', course), now());
  };

  const watchedOf = (memory: BootMemory, { instanceId, begunAtMs }: BootState) => ({
    memory,
    instanceId,
    begunAtMs,
    nowMs: now(),
  });

  const enter = async ({ rental, instance, signal }: Course) =>
    tryEnter({
      connect,
      instance,
      connectTimeoutMs: policy.connectTimeoutMs,
      gpus: {
        promised: rental.terms,
        needsCuda: needsCuda?.(rental) ?? false,
        timeoutMs: policy.gpuCheckTimeoutMs,
      },
      signal,
    });

  return {
    async step(rental, instance, { signal } = {}) {
      const begunAtMs = Math.trunc(rental.bootingAtMs ?? rental.createdAtMs);
      const course: Course = {
        rental,
        instance,
        pull: pullFacts?.(rental, instance) ?? { downloadMbps: instance.inetDownMbps },
        redact: createRedact([
          ...Object.values(rental.launch.env),
          ...(instance.jupyterToken ? [instance.jupyterToken] : []),
        ]),
        signal,
      };
      let state = await states.load(rental, instance.id, begunAtMs);
      let memory = observe(state, instance, now());
      const judge = () => {
        const given = { instance, begunAtMs, nowMs: now(), pullFacts: course.pull, policy };
        return judgeBoot(factsOf(memory, given));
      };
      /** False when another process has gone on with this boot. */
      const remember = async (next: BootMemory): Promise<boolean> => {
        memory = next;
        const kept = await keep(state, next);
        state = kept ?? state;
        return kept !== undefined;
      };

      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        signal?.throwIfAborted();
        memory = withPull(await readDueLog(memory, state, course), instance, now());
        const verdict = judge();
        switch (verdict.kind) {
          case 'waiting':
            await remember(memory);
            return waitingStep(verdict, { memory, nowMs: now(), policy });

          case 'attach-key': {
            const { tries } = memory.key;
            if (!(await remember({ ...memory, key: { tries: tries + 1, askedAtMs: now() } })))
              return overtakenStep(memory, instance.id, now(), policy.pollMs);
            await acts.attach(course, { isAnew: tries >= PLAIN_ATTACHINGS });
            break;
          }

          case 'reboot':
            if (!(await remember({ ...memory, reboot: { askedAtMs: now() } })))
              return overtakenStep(memory, instance.id, now(), policy.pollMs);
            if (await acts.reboot(course, verdict.reason)) await remember(withReboot(memory, now()));
            break;

          case 'try-ssh': {
            const triedAtMs = now();
            const entered = await enter(course);
            if (entered.kind === 'not-entered') {
              const { outcome } = entered;
              const message = course.redact(entered.message);
              await remember(withTry(memory, { outcome, message, begunAtMs: triedAtMs }, now()));
              break;
            }
            await remember(memory);
            const { gpus } = entered;
            if (gpus.kind === 'wrong') {
              const advice = 'take another machine';
              const sentence = startSentence(instance.id, {
                why: gpus.why,
                advice,
                lines: memory.daemonLines,
              });
              return failedStep(watchedOf(memory, state), 'wrong-gpu', sentence);
            }
            return readyStep(watchedOf(memory, state), gpus);
          }

          case 'failed': {
            const isStale = now() - (memory.daemonAskedAtMs ?? 0) > FRESH_LOG_MS;
            if (isStale && memory.phase !== 'connecting') {
              memory = withDaemonLines(memory, await logOf('daemon', course), now());
              break;
            }
            await remember(memory);
            return failedStep(watchedOf(memory, state), verdict.cause, course.redact(verdict.sentence));
          }
        }
      }
      assert(false, `a step of the boot of instance ${instance.id} does not come to an end`);
    },
  };
}
