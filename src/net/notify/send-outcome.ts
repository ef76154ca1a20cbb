// What one try to send comes to.

export type SendOutcome =
  | { readonly kind: 'sent' }
  /** The channel does not take it now: `failing` may pass by itself, `refused` wants its owner's hand. */
  | {
      readonly kind: 'later';
      readonly health: 'failing' | 'refused';
      readonly reason: string;
      readonly retryAfterMs: number | undefined;
    }
  /** It will never take this message. */
  | { readonly kind: 'rejected'; readonly reason: string };

export function later(health: 'failing' | 'refused', reason: string): SendOutcome {
  return { kind: 'later', health, reason, retryAfterMs: undefined };
}
