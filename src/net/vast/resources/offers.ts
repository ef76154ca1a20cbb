// Offers: the search of the market.
import type { Log } from '../../../base/std/index.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { createOfferDecoder, type OfferFault } from '../decode-offer.ts';
import { MalformedAnswerError } from '../errors.ts';
import type { Offer, OfferType } from '../offer.ts';
import type { OfferQuery } from '../query/offer-query.ts';
import { parseOfferType } from '../query/offer-type.ts';
import { toSearchBody } from '../query/search-body.ts';
import type { SendRead } from '../send-read.ts';
import type { WireSearchAnswer, WireSearchBody } from '../wire/index.ts';

/** One search answer. It may be a ranked sample: the service caps its rows at a number that changes by day. */
export interface SearchAnswer {
  /** For which type of rental the prices are. */
  readonly type: OfferType;
  readonly offers: readonly Offer[];
  /** Rows that were left out because they cannot be trusted: such an answer is not complete. */
  readonly faults: readonly OfferFault[];
  /** Every field name in the answer, in alphabetical order: shows what the API added or dropped. */
  readonly fieldNames: readonly string[];
  /** Length of the answer after decompression. */
  readonly bytes: number;
  /** When its last byte had come. */
  readonly receivedAtMs: number;
  /** When it was recorded, for a recording that is served again. */
  readonly replayAtMs: number | undefined;
}

export interface OffersResource {
  /**
   * Searches the market. An empty list is what the service said, which is not always what is there.
   * Throws the errors of `errors.ts`; InvalidRequestError when the query contradicts itself.
   */
  search(query: OfferQuery, options?: CallOptions): Promise<SearchAnswer>;
  /** The same with a body in the service's own words, for filters that no query can say. */
  searchBody(body: WireSearchBody, options?: CallOptions): Promise<SearchAnswer>;
}

/** A list, or the rows of one that is read in pieces; a text is iterable as well, and no list. */
function isIterableObject(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

export function createOffers({ send, log }: { readonly send: SendRead; readonly log: Log }): OffersResource {
  const decoder = createOfferDecoder({ log });

  const decode =
    (type: OfferType) =>
    (json: unknown, answer: AnswerFacts): SearchAnswer => {
      const rows: unknown = (json as Partial<WireSearchAnswer> | null)?.offers;
      if (!isIterableObject(rows)) {
        throw new MalformedAnswerError(
          `${answer.endpoint} answered without a list of offers; the API may have changed: look for a newer version`,
          { ...answer, isTransient: false },
        );
      }
      const decoded = decoder.decode(rows);
      const [first] = decoded.faults;
      // A field that is gone makes every row unreadable: that is no empty market.
      if (decoded.offers.length === 0 && first !== undefined) {
        throw new MalformedAnswerError(
          `${answer.endpoint} answered with ${decoded.faults.length} offers, none of which can be read (${first.field || 'row'}: ` +
            `${first.reason}); the API may have changed: look for a newer version`,
          { ...answer, isTransient: false },
        );
      }
      const { bytes, receivedAtMs, replayAtMs } = answer;
      return { type, ...decoded, bytes, receivedAtMs, replayAtMs };
    };

  const searchBody: OffersResource['searchBody'] = async (body, options) => {
    const type = body.type === undefined ? 'on-demand' : parseOfferType(body.type);
    return send(
      { method: 'POST', route: '/bundles/', auth: 'key', body, rowsField: 'offers', decode: decode(type) },
      options,
    );
  };

  return {
    search: async (query, options) => searchBody(toSearchBody(query), options),
    searchBody,
  };
}
