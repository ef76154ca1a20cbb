// One DELETE, and what its answer means for the next one. A destroy may be repeated: what is gone stays gone.
import { backoffMs, type Random } from '../../../base/std/index.ts';
import {
  RateLimitedError,
  SecondFactorError,
  UnauthorizedError,
  type VastClient,
} from '../../../net/vast/index.ts';
import type { EndingPolicy } from './policy.ts';

/** What the owner of the account has to mend before anything can be destroyed. */
export type Refusal = 'second-factor' | 'key' | '';

export type DestroyOutcome =
  /** The service knows of it, or has no such instance: both are to be confirmed. */
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly refusal: Refusal;
      /** The service asked for at least this wait. */
      readonly leastWaitMs: number;
    };

export async function destroyOnce(
  client: Pick<VastClient, 'instances'>,
  instanceId: number,
): Promise<DestroyOutcome> {
  try {
    await client.instances.destroy(instanceId, { priority: 'destroy' });
    return { kind: 'accepted' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const leastWaitMs =
      error instanceof RateLimitedError ? Math.max(error.retryAfterMs ?? 0, error.thresholdMs ?? 0) : 0;
    return { kind: 'failed', reason, refusal: refusalOf(error), leastWaitMs };
  }
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof SecondFactorError) return 'second-factor';
  return error instanceof UnauthorizedError ? 'key' : '';
}

/** Wait after DELETE number `attempt`: twice the service's interval, then full jitter up to the cap. */
export function destroyWaitMs(
  attempt: number,
  { random, policy }: { readonly random: Random; readonly policy: EndingPolicy },
): number {
  const { destroyRetryMs, destroyRetryCapMs } = policy;
  if (attempt <= 2) return destroyRetryMs;
  const jitterMs = backoffMs(attempt - 1, { random, baseMs: destroyRetryMs, capMs: destroyRetryCapMs });
  return Math.max(destroyRetryMs, jitterMs);
}
