// Routes that rent: one offer, several, or the best that a search finds.
import { ApiError } from '../api/api-error.ts';
import { idsOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Instance } from './instance.ts';
import type { Renter } from './rent.ts';
import { type FindTemplate, invalidArgs, readRentRequest } from './rent-request.ts';

export interface RentDeps {
  readonly renter: Renter;
  readonly findTemplate: FindTemplate;
  /** Ids of offers by a search body, best first; undefined where there is nothing to search. Throws ApiError. */
  readonly findOffers: (query: unknown, nowMs: number) => readonly number[];
}

/** What one call of the bulk route takes. */
const MOST_IDS = 64;

export function rentRoutes({ renter, findTemplate, findOffers }: RentDeps): readonly Route[] {
  const requestOf = ({ body, caller }: Call) => readRentRequest(body, findTemplate, caller.account.id);

  return [
    {
      method: 'POST',
      path: '/api/v0/asks/bulk',
      scope: 'instance_write',
      summary: 'Rents each of the offers `ids` on the same terms; says for each how it went.',
      handle(call) {
        const ids = idsOf(call.body, 'ids');
        if (!ids || ids.length === 0) throw invalidArgs('ids is missing; give the offers to rent');
        if (ids.length > MOST_IDS)
          throw invalidArgs(`ids names ${ids.length} offers; at most ${MOST_IDS} are allowed`);
        const request = requestOf(call);
        const results = ids.map((id) => {
          try {
            return { ask_id: id, ...rented(renter.rent(call.caller.account, id, request, call.nowMs)) };
          } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            return { ask_id: id, success: false, error: error.slug, msg: error.message };
          }
        });
        return jsonReply({ success: results.some(({ success }) => success), results });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/asks/:id',
      scope: 'instance_write',
      summary: 'Rents an offer: on demand, or by bid when there is a price.',
      intervalSec: 4.5,
      handle(call) {
        const id = call.params.id ?? '';
        if (!/^\d+$/.test(id)) throw invalidArgs(`"${id}" is no offer id`);
        const instance = renter.rent(call.caller.account, Number(id), requestOf(call), call.nowMs);
        return jsonReply(rented(instance));
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/launch_instance',
      scope: 'misc',
      summary: 'Searches by `q` and rents the best offer that can be had.',
      intervalSec: 5,
      handle(call) {
        const { q } = call.body;
        if (typeof q !== 'object' || q === null) {
          throw new ApiError(400, 'invalid_query', 'error 400/3467: Invalid args: q is missing.');
        }
        const request = requestOf(call);
        for (const offerId of findOffers(q, call.nowMs)) {
          try {
            const here = { ...request, cancelsUnavailable: true };
            return jsonReply(rented(renter.rent(call.caller.account, offerId, here, call.nowMs)));
          } catch (error) {
            if (!(error instanceof ApiError && error.slug === 'no_such_ask')) throw error;
          }
        }
        throw new ApiError(
          404,
          'invalid_query',
          'error 404/3603: no offer that can be rented matches the query.',
        );
      },
    },
  ];
}

function rented({ id, apiKey }: Instance) {
  return { success: true, new_contract: id, instance_api_key: apiKey.key };
}
