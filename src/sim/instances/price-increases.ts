// What a host asks of those who rent: to go on for longer at a higher price. The renter sees it, and accepts or refuses.
import { ApiError } from '../api/api-error.ts';
import { numberOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { AskedPrices, Contracts } from '../hosts/contracts.ts';
import { change, type Fleet } from './fleet.ts';
import { type Instance, isThere } from './instance.ts';
import type { Lifecycle } from './lifecycle.ts';
import { invalidArgs } from './rent-request.ts';

export interface PriceIncreases {
  readonly offer: Contracts['offerPriceIncrease'];
  readonly routes: readonly Route[];
}

interface Pending {
  readonly id: number;
  readonly instance: Instance;
  readonly asked: AskedPrices;
  readonly endMs: number;
  readonly createdMs: number;
}

const FIRST_ID = 5_001;
const MOST_LISTED = 100;
const SECONDS_AN_HOUR = 3_600;
const SECONDS_A_MONTH = 720 * SECONDS_AN_HOUR;
/** The service's share of what a renter pays. */
const PLATFORM_FEE = 0.25;

export function createPriceIncreases(fleet: Fleet, lifecycle: Lifecycle): PriceIncreases {
  const pending = new Map<number, Pending>();
  let made = 0;

  const answer = (call: Call, isAccepted: boolean): Response => {
    const extra = Object.keys(call.body).filter((key) => key !== 'pending_price_increase_id');
    if (extra.length > 0) throw invalidArgs(`${extra.join(', ')} is not expected here`);
    const id = numberOf(call.body, 'pending_price_increase_id');
    if (id === undefined) throw invalidArgs('pending_price_increase_id is missing');
    const found = pending.get(id);
    const isOwn = found?.instance.account.id === call.caller.account.id;
    const isRight = call.params.id === undefined || call.params.id === String(found?.instance.id);
    if (!found || !isOwn || !isRight || !isOpen(found, call.nowMs)) {
      throw new ApiError(
        404,
        'no_pending_price_increase',
        `There is no pending price increase ${id}; list them again.`,
      );
    }
    pending.delete(id);
    const { instance, asked, endMs } = found;
    if (!isAccepted) {
      change(fleet, instance, call.nowMs, 'price_increase_rejected', {}, { pending_price_increase_id: id });
      return jsonReply({ success: true });
    }
    const { terms } = instance;
    terms.storagePricePerGbMonth = asked.storagePricePerGbMonth;
    terms.uploadPricePerGb = asked.uploadPricePerGb;
    terms.downloadPricePerGb = asked.downloadPricePerGb;
    // A bid is the renter's own price; what is asked for it is for on-demand contracts.
    if (terms.type !== 'bid') terms.gpuPricePerHour = asked.gpuPricePerHour;
    change(
      fleet,
      instance,
      call.nowMs,
      'price_increase_accepted',
      {},
      { pending_price_increase_id: id, price_per_hour: terms.gpuPricePerHour },
    );
    lifecycle.moveEnd(instance, endMs, call.nowMs);
    return jsonReply({ success: true });
  };

  const answerRoutes = (['accept', 'reject'] as const).flatMap((word): Route[] =>
    ['/api/v0/instances', '/api/v0/instances/:id'].map((base) => ({
      method: 'PUT',
      path: `${base}/${word}-price-increase`,
      scope: 'instance_write',
      summary: `The renter ${word}s a higher price; the body has nothing but \`pending_price_increase_id\`.`,
      handle: (call: Call) => answer(call, word === 'accept'),
    })),
  );

  return {
    offer(instance, asked, endMs, atMs) {
      for (const [id, other] of pending) if (other.instance === instance) pending.delete(id);
      const id = FIRST_ID + made;
      made += 1;
      pending.set(id, { id, instance, asked, endMs, createdMs: atMs });
      change(
        fleet,
        instance,
        atMs,
        'price_increase_offered',
        {},
        { pending_price_increase_id: id, price_per_hour: asked.gpuPricePerHour, end_ms: endMs },
      );
    },
    routes: [
      {
        method: 'GET',
        path: '/api/v0/instances/pending-price-increases',
        scope: 'instance_read',
        summary: 'Higher prices that hosts ask for going on, and that wait for an answer.',
        handle({ caller, nowMs }) {
          const own = [...pending.values()].filter(
            (each) => each.instance.account.id === caller.account.id && isOpen(each, nowMs),
          );
          const shown = own.slice(0, MOST_LISTED);
          return jsonReply({
            success: true,
            count: shown.length,
            truncated: own.length > shown.length,
            pending_price_increases: shown.map(rowOf),
          });
        },
      },
      ...answerRoutes,
    ],
  };
}

/** An offer ends with the contract that it is about. */
function isOpen({ instance }: Pending, nowMs: number): boolean {
  return isThere(instance) && !instance.isExpired && instance.terms.endMs > nowMs;
}

function rowOf({ id, instance, asked, endMs, createdMs }: Pending) {
  const { terms, machine, diskGb } = instance;
  const diskPerSec = (pricePerGbMonth: number) => (pricePerGbMonth * diskGb) / SECONDS_A_MONTH;
  return {
    pending_price_increase_id: id,
    contract_id: instance.id,
    host_id: machine.ownerId,
    old_gpu_costpersec: terms.gpuPricePerHour / SECONDS_AN_HOUR,
    new_gpu_costpersec: asked.gpuPricePerHour / SECONDS_AN_HOUR,
    old_disk_ram_costpersec: diskPerSec(terms.storagePricePerGbMonth),
    new_disk_ram_costpersec: diskPerSec(asked.storagePricePerGbMonth),
    old_bwu_cost: terms.uploadPricePerGb,
    new_bwu_cost: asked.uploadPricePerGb,
    old_bwd_cost: terms.downloadPricePerGb,
    new_bwd_cost: asked.downloadPricePerGb,
    platform_fee: PLATFORM_FEE,
    contract_end_date: terms.endMs / 1_000,
    ask_end_date: endMs / 1_000,
    created_at: createdMs / 1_000,
  };
}
