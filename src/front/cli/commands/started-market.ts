// A market that is being collected, and how it introduces itself.
import type { CollectorThread } from '../../app/index.ts';

export interface StartedMarket {
  readonly thread: CollectorThread;
  readonly dir: string;
  readonly headline: string;
  /** Said once where there is no screen. */
  readonly about: string;
}
