// Routes about the money of one contract: its bid, prepaying it, what is left of that.
import { ApiError } from '../api/api-error.ts';
import { numberOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Route } from '../api/route.ts';
import { minimumBid } from '../market/world.ts';
import { prepayTerms, refundOf, settle } from './deposit.ts';
import { change, type Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';
import type { Lifecycle } from './lifecycle.ts';
import { ownInstance } from './own-instance.ts';
import { checkPrice, invalidArgs } from './rent-request.ts';

const MOST_BID_PER_GPU = 32;

export function contractRoutes(fleet: Fleet, lifecycle: Lifecycle): readonly Route[] {
  const { billing } = fleet;

  const prepay = (instance: Instance, amountUsd: number, atMs: number) => {
    const { terms, account, id, hardware } = instance;
    if (terms.type === 'bid') throw invalidArgs(`instance ${id} is interruptible and cannot be reserved`);
    if (!(terms.gpuPricePerHour > 0)) throw invalidArgs(`instance ${id} costs nothing`);
    if (billing.creditUsd(account, atMs) < amountUsd) {
      throw new ApiError(
        411,
        'insufficient_credit',
        `The deposit is $${amountUsd}; your credit does not reach that far.`,
      );
    }
    // Adding to a deposit counts its rate anew, over all of it.
    const before = instance.deposit;
    if (before) settle(before, atMs);
    before?.empty?.cancel();
    const totalUsd = amountUsd + (before?.leftUsd ?? 0);
    const offered = prepayTerms(totalUsd, terms.gpuPricePerHour, hardware.credit_discount_max);
    billing.pay(account, -amountUsd, 'prepay', atMs, `Deposit for instance ${id}`);
    terms.type = 'reserved';
    const deposit = {
      ...offered,
      leftUsd: totalUsd,
      savedUsd: before?.savedUsd ?? 0,
      countedMs: atMs,
      usdPerHour: 0,
      empty: undefined,
    };
    change(
      fleet,
      instance,
      atMs,
      'prepaid',
      { deposit },
      { amount_usd: amountUsd, discount_rate: offered.discountRate, months: offered.months },
    );
    return offered;
  };

  return [
    {
      method: 'PUT',
      path: '/api/v0/instances/bid_price/:id',
      scope: 'instance_write',
      summary: 'Changes the bid for the whole instance; null lets the service choose one that wins.',
      intervalSec: 5.5,
      handle(call) {
        const instance = ownInstance(fleet, call);
        const { terms, chunk, id } = instance;
        if (terms.type !== 'bid') throw invalidArgs(`instance ${id} is not interruptible: it has no bid`);
        const price = numberOf(call.body, 'price') ?? winningBid(instance);
        checkPrice(price, MOST_BID_PER_GPU * chunk.size);
        lifecycle.changeBid(instance, price, call.nowMs);
        return jsonReply({ success: true });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/instances/prepay/:id',
      scope: 'instance_write',
      summary: 'Pays ahead for an on-demand instance, which makes it a reserved one, at a discount.',
      intervalSec: 2,
      handle(call) {
        const instance = ownInstance(fleet, call);
        const amountUsd = numberOf(call.body, 'amount');
        if (amountUsd === undefined || amountUsd <= 0) throw invalidArgs('amount must be dollars above 0');
        const { months, discountRate } = prepay(instance, amountUsd, call.nowMs);
        return jsonReply({ success: true, timescale: rounded(months), discount_rate: rounded(discountRate) });
      },
    },
    {
      method: 'GET',
      path: '/api/v0/instances/balance/:id',
      scope: 'instance_read',
      summary: 'What would be paid back of the deposit now, and what it has saved.',
      intervalSec: 3,
      handle(call) {
        const { deposit, machine } = ownInstance(fleet, call);
        if (deposit) settle(deposit, call.nowMs);
        return jsonReply({
          success: true,
          refundable_deposit: deposit ? refundOf(deposit, machine.verification === 'deverified') : 0,
          total_discount: deposit?.savedUsd ?? 0,
          discount_months: deposit ? rounded(deposit.months) : 0,
        });
      },
    },
  ];
}

/** One that holds its GPUs is winning already. */
function winningBid({ rental, terms, machine, chunk }: Instance): number {
  if (rental) return terms.gpuPricePerHour;
  return Math.max(0.001, minimumBid(machine, chunk.mask, chunk.size));
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
