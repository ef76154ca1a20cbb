// The money of one contract: its bid, paying ahead for it, what is left of that, and higher prices for going on.
import { done, objectOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { numberOrNull } from '../decode-fields.ts';
import { positive } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';
import { createPriceIncreases, type PriceIncreasesResource } from './price-increases.ts';

export interface Prepaid {
  /** How long the deposit lasts, in months. */
  readonly months: number | null;
  /** 0 to 1. */
  readonly discountRatio: number | null;
}

export interface Deposit {
  /** Dollars that would be paid back now. */
  readonly refundableUsd: number | null;
  /** Dollars that it has saved so far. */
  readonly savedUsd: number | null;
  readonly months: number | null;
}

export interface InstanceContract {
  /** Dollars an hour for the whole instance; undefined lets the service choose a bid that wins, at whatever price. */
  changeBid(id: number, pricePerHour: number | undefined, options?: CallOptions): Promise<void>;
  /** Pays ahead for an on-demand instance, at a discount. Throws InsufficientCreditError. */
  prepay(id: number, amountUsd: number, options?: CallOptions): Promise<Prepaid>;
  deposit(id: number, options?: CallOptions): Promise<Deposit>;
  readonly priceIncreases: PriceIncreasesResource;
}

export function createInstanceContract(deps: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): InstanceContract {
  const { send, write } = deps;
  return {
    priceIncreases: createPriceIncreases(deps),

    changeBid: async (id, pricePerHour, options) => {
      const price = pricePerHour === undefined ? null : positive('pricePerHour', pricePerHour);
      await write(
        {
          method: 'PUT',
          route: '/instances/bid_price/{id}/',
          ids: { id },
          auth: 'key',
          body: { client_id: 'me', price },
          lookUp: 'look at the price of the instance',
          decode: done,
        },
        options,
      );
    },

    prepay: async (id, amountUsd, options) =>
      write(
        {
          method: 'PUT',
          route: '/instances/prepay/{id}/',
          ids: { id },
          auth: 'key',
          body: { amount: positive('amountUsd', amountUsd) },
          lookUp: 'look at the deposit of the instance',
          decode: (json, answer) => {
            const { timescale, discount_rate } = objectOf(json, answer);
            return { months: numberOrNull(timescale), discountRatio: numberOrNull(discount_rate) };
          },
        },
        options,
      ),

    deposit: (id, options) =>
      send(
        {
          method: 'GET',
          route: '/instances/balance/{id}/',
          ids: { id },
          query: { owner: 'me' },
          auth: 'key',
          decode: (json, answer) => {
            const { refundable_deposit, total_discount, discount_months } = objectOf(json, answer);
            return {
              refundableUsd: numberOrNull(refundable_deposit),
              savedUsd: numberOrNull(total_discount),
              months: numberOrNull(discount_months),
            };
          },
        },
        options,
      ),
  };
}
