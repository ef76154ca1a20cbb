// What is known of a boot, and what follows from it. Both are data: the judge between them is a pure function.
import type { Instance } from '../../../net/vast/index.ts';
import type { BootFailure } from './boot-failure.ts';
import type { BootPolicy } from './boot-policy.ts';
import type { PullReading } from './pull-estimate.ts';

/**
 * `provisioning`: the contract is made. `pulling`: the image comes. `starting`: it is there, the container is not up.
 * `connecting`: it runs, nobody has entered it. `queued`: it waits for its GPUs. `silent`: no word from its host.
 * `ended`: it will not run by itself.
 */
export const BOOT_PHASES = [
  'provisioning',
  'pulling',
  'starting',
  'connecting',
  'rebooting',
  'queued',
  'silent',
  'ended',
] as const;
export type BootPhase = (typeof BOOT_PHASES)[number];

/**
 * `refused`: nothing listens (yet). `no-handshake`: something takes the connection and says nothing. `key-refused`: its
 * SSH server knows none of our keys. `key-changed`: another host key than the pinned one. `broken`: entered, and lost.
 */
export const SSH_OUTCOMES = ['refused', 'no-handshake', 'key-refused', 'key-changed', 'broken'] as const;
export type SshOutcome = (typeof SSH_OUTCOMES)[number];

export interface SshFacts {
  /** Since it was first seen running, or running again after a reboot. */
  readonly windowFromMs: number;
  readonly tries: number;
  /** Not to be tried before. */
  readonly nextAtMs: number;
  /** The last try; its outcome has been the same since `sinceMs`, when the first such try began. */
  readonly last?:
    | {
        readonly outcome: SshOutcome;
        readonly sinceMs: number;
        readonly atMs: number;
        readonly message: string;
      }
    | undefined;
}

export interface BootFacts {
  readonly nowMs: number;
  readonly instance: Pick<
    Instance,
    | 'id'
    | 'actualStatus'
    | 'intendedStatus'
    | 'currentState'
    | 'isInterruptible'
    | 'statusMessage'
    | 'uptimeMs'
  >;
  /** Since when it boots: the hard cap counts from there. */
  readonly begunAtMs: number;
  /** The phase that `phaseOf` gives has been so since then. */
  readonly phaseSinceMs: number;
  /** Last lines of the daemon's log, oldest first. */
  readonly daemonLines: readonly string[];
  /** Last lines of the container's log, asked for when it cannot be entered. */
  readonly containerLines: readonly string[];
  readonly pull: PullReading;
  readonly key: {
    readonly tries: number;
    /** When the last attaching began. */
    readonly askedAtMs?: number | undefined;
  };
  readonly reboot: { readonly askedAtMs?: number | undefined; readonly doneAtMs?: number | undefined };
  readonly ssh: SshFacts;
  readonly policy: BootPolicy;
}

export type BootVerdict =
  | {
      readonly kind: 'waiting';
      readonly phase: BootPhase;
      /** What it does, to stand behind "is": `pulling its image`. */
      readonly words: string;
      /** 0 to 1 of the image that is there, where its daemon told. */
      readonly pulledShare: number | undefined;
      readonly expectedReadyAtMs: number;
      /** It would be a surprise outside of these. */
      readonly earliestReadyAtMs: number;
      readonly latestReadyAtMs: number;
      readonly sentence: string;
    }
  | { readonly kind: 'try-ssh' }
  | { readonly kind: 'attach-key' }
  | { readonly kind: 'reboot'; readonly reason: string }
  | { readonly kind: 'failed'; readonly cause: BootFailure; readonly sentence: string };
