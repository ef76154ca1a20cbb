// A term kept as long as its job is led.
import type { Timer } from '../../../base/std/index.ts';
import type { JobContext } from './context.ts';

/** Renews at a third of the term, and tells when it is lost. */
export function keepTerm(
  renew: () => Promise<boolean>,
  { clock, policy, log }: JobContext,
  onLost: () => void,
): { cancel(): void } {
  let timer: Timer | undefined;
  let isCancelled = false;
  const arm = () => {
    if (isCancelled) return;
    timer = clock.setTimer(policy.termMs / 3, () => {
      renew().then(
        (isOurs) => (isOurs ? arm() : onLost()),
        (error: unknown) => {
          // Each write asks for the term itself: a renewal that fails once harms nobody.
          log.warn('a term could not be renewed', { error });
          arm();
        },
      );
    });
  };
  arm();
  return {
    cancel: () => {
      isCancelled = true;
      timer?.cancel();
    },
  };
}
