// The create, sent once. What comes back is one of four things, and only one of them means that there is nothing.
import { DeniedError } from '../../../base/ledger/index.ts';
import {
  type CreateInstance,
  type Instance,
  InsufficientCreditError,
  InvalidRequestError,
  OfferGoneError,
  OutcomeUnknownError,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
  type VastClient,
} from '../../../net/vast/index.ts';

import { RentalChangedError } from '../records/index.ts';
import { AccountUnknownError } from './errors.ts';

export type CreateOutcome =
  | { readonly kind: 'created'; readonly instanceId: number }
  /** Refused for this offer; another may do. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Refused for every offer: credit, key, rights, the request itself. */
  | { readonly kind: 'hopeless'; readonly error: Error }
  /** It may have happened. */
  | { readonly kind: 'in-doubt'; readonly reason: string };

export async function createOnce(
  client: Pick<VastClient, 'instances'>,
  offerId: number,
  request: CreateInstance,
  /** Throws when it must not be sent after all. */
  stillWanted: () => Promise<void>,
): Promise<CreateOutcome> {
  try {
    const { instanceId } = await client.instances.create(offerId, request, {
      beforeSend: stillWanted,
    });
    return { kind: 'created', instanceId };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof OfferGoneError) return { kind: 'refused', reason: error.message };
    if (error instanceof RentalChangedError) throw error;
    if (
      error instanceof AccountUnknownError ||
      error instanceof DeniedError ||
      error instanceof InsufficientCreditError ||
      error instanceof UnauthorizedError
    ) {
      return { kind: 'hopeless', error };
    }
    if (error instanceof InvalidRequestError) {
      // The bid was overtaken between the search and the create.
      if (error.code === 'invalid_price') return { kind: 'refused', reason: error.message };
      return { kind: 'hopeless', error };
    }
    // Refused before anything was done, and still refused after the client's own waiting.
    if (error instanceof RateLimitedError) return { kind: 'hopeless', error };
    if (error instanceof OutcomeUnknownError || error instanceof UnavailableError) {
      return { kind: 'in-doubt', reason: error.message };
    }
    // Whatever else went wrong, the request may have arrived.
    return { kind: 'in-doubt', reason: error.message };
  }
}

/** The instance that carries the label, if the view holds one. */
export function findByLabel(instances: readonly Instance[], label: string): Instance | undefined {
  return instances.find((instance) => instance.label === label || instance.label?.startsWith(`${label} `));
}
