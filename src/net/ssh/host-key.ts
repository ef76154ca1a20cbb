// Whom we speak to: a machine's host key is pinned when it is first seen and has to be the same ever after.
import { HostKeyChangedError } from './errors.ts';
import { fingerprintOf } from './keys.ts';

export interface HostKey {
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** The key's blob, base 64: the middle part of a known_hosts line. */
  readonly blob: string;
}

export type HostKeyPolicy =
  | { readonly kind: 'pinned'; readonly fingerprint: string }
  /**
   * Accepts any key once. `pin` has to keep it before the connection goes on; when it throws, the connection
   * is refused with its error and nothing was sent to the machine.
   */
  | { readonly kind: 'first-use'; readonly pin: (key: HostKey) => void | Promise<void> };

/** Resolves when the connection may go on; rejects with HostKeyChangedError or with what `pin` threw. */
export async function checkHostKey(target: string, policy: HostKeyPolicy, blob: Buffer): Promise<void> {
  const fingerprint = fingerprintOf(blob);
  if (policy.kind === 'first-use') return await policy.pin({ fingerprint, blob: blob.toString('base64') });
  if (policy.fingerprint !== fingerprint)
    throw new HostKeyChangedError(target, policy.fingerprint, fingerprint);
}
