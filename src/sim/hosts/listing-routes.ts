// Routes by which hosts put machines on the market, take them off, and set what they ask.
import { ApiError } from '../api/api-error.ts';
import { numberOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { changeListing, type ListingTerms } from '../market/listing.ts';
import type { Machine } from '../market/world.ts';
import type { Service } from '../service.ts';
import type { Contracts } from './contracts.ts';
import type { HostedMachine } from './hosted-machine.ts';
import type { Hosts } from './hosts.ts';
import { termOf } from './listing-term.ts';
import { prolongContracts } from './prolong.ts';

export interface ListingDeps {
  readonly service: Service;
  readonly hosts: Hosts;
  readonly contracts: Contracts;
}

const HIGHEST_DISCOUNT = 1;
/** Far above any GPU's price; more is a slip of the pen. */
const HIGHEST_GPU_PRICE = 128;

export function listingRoutes(deps: ListingDeps): readonly Route[] {
  const { hosts, service } = deps;
  return [
    {
      method: 'PUT',
      path: '/api/v0/machines/create_asks',
      scope: 'machine_write',
      summary: 'Lists a machine, or changes its listing; null keeps what there is.',
      handle: (call) => createAsks(deps, call),
    },
    {
      method: 'DELETE',
      path: '/api/v0/machines/:id/asks',
      scope: 'machine_write',
      summary: 'Takes a machine and its volumes off the market; rentals go on.',
      intervalSec: 1.8,
      handle({ caller, params, nowMs }) {
        const hosted = hosts.owned(caller.account, Number(params.id));
        hosts.unlist(hosted, nowMs);
        return jsonReply({
          success: true,
          machine_id: hosted.machine.machineId,
          user_id: caller.account.id,
        });
      },
    },
    {
      method: 'PUT',
      path: '/api/v0/machines/:id/minbid',
      scope: 'machine_write',
      summary: 'Sets the least price of an interruptible GPU, in dollars an hour that the host earns.',
      intervalSec: 1.5,
      handle({ caller, params, body, nowMs }) {
        const { machine } = hosts.owned(caller.account, Number(params.id));
        const minBidPrice = readPrice(body, 'price', 422);
        if (minBidPrice === undefined) throw invalid('price is missing', 422);
        if (minBidPrice > machine.hostPrice)
          throw invalid(`price ${minBidPrice} is above the on-demand price ${machine.hostPrice}`, 422);
        changeListing(hosts.world, machine, { minBidPrice }, nowMs);
        service.truthLog.note(nowMs, 'machine', machine.machineId, 'min_bid_set', { price: minBidPrice });
        return jsonReply({ success: true, you_sent: body });
      },
    },
  ];
}

function createAsks({ hosts, contracts }: ListingDeps, { caller, body, nowMs }: Call): Response {
  const hosted = hosts.owned(caller.account, numberOf(body, 'machine'));
  const { machine } = hosted;
  const term = termOf(body, nowMs);
  const terms = readTerms(hosted, body, contracts);
  changeListing(hosts.world, machine, terms, nowMs);
  hosts.list(hosted, term, nowMs);
  const extended = term ? prolongContracts(contracts, machine, nowMs) : 0;
  return jsonReply({
    success: true,
    extended,
    msg: `Machine ${machine.machineId} is listed; ${extended} contracts were extended.`,
    you_sent: body,
  });
}

/** Everything is read before anything is changed. Throws ApiError 400. */
function readTerms(
  { machine }: HostedMachine,
  body: Readonly<Record<string, unknown>>,
  contracts: Contracts,
): ListingTerms {
  const price = (name: string) => readPrice(body, name, 400);
  const gpuPrice = price('price_gpu');
  const minBidPrice = price('price_min_bid');
  const highestBid = gpuPrice ?? machine.hostPrice;
  if (minBidPrice !== undefined && minBidPrice > highestBid)
    throw invalid(`price_min_bid ${minBidPrice} is above price_gpu ${highestBid}`);
  const minChunk = numberOf(body, 'min_chunk');
  if (minChunk !== undefined && !isPowerOfTwo(minChunk))
    throw invalid(`min_chunk ${minChunk} is no power of two`);
  const reservedDiscount = numberOf(body, 'credit_discount_max');
  if (reservedDiscount !== undefined && !(reservedDiscount >= 0 && reservedDiscount <= HIGHEST_DISCOUNT))
    throw invalid(`credit_discount_max ${reservedDiscount} is not from 0 to 1`);
  const storagePrice = price('price_disk');
  const volumePrice = price('vol_price');
  const uploadPrice = price('price_inetu');
  const downloadPrice = price('price_inetd');
  return {
    ...(gpuPrice !== undefined && { gpuPrice }),
    ...(minBidPrice !== undefined && { minBidPrice }),
    ...(storagePrice !== undefined && { storagePrice }),
    ...(uploadPrice !== undefined && { uploadPrice }),
    ...(downloadPrice !== undefined && { downloadPrice }),
    ...(minChunk !== undefined && { minChunk }),
    ...(reservedDiscount !== undefined && { reservedDiscount }),
    ...(volumePrice !== undefined && { volumePrice }),
    ...readVolume(machine, body, contracts),
  };
}

function readVolume(
  machine: Machine,
  body: Readonly<Record<string, unknown>>,
  contracts: Contracts,
): Pick<ListingTerms, 'volumeGb'> {
  const volumeGb = numberOf(body, 'vol_size');
  if (volumeGb === undefined) return {};
  const usedGb = contracts.on(machine).reduce((sum, { diskGb }) => sum + diskGb, 0);
  const freeGb = machine.surroundings.diskSpaceGb - usedGb;
  if (!(volumeGb >= 0 && volumeGb <= freeGb))
    throw invalid(`vol_size ${volumeGb} is not from 0 to the ${Math.floor(freeGb)} GB that are free`);
  return { volumeGb };
}

function readPrice(
  body: Readonly<Record<string, unknown>>,
  name: string,
  status: 400 | 422,
): number | undefined {
  const price = numberOf(body, name);
  const isGpuPrice = name === 'price_gpu' || name === 'price_min_bid' || name === 'price';
  if (price === undefined) return undefined;
  if (isGpuPrice ? !(price > 0 && price <= HIGHEST_GPU_PRICE) : !(price >= 0))
    throw invalid(`${name} ${price} is no price`, status);
  return price;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && (value & (value - 1)) === 0;
}

function invalid(why: string, status: 400 | 422 = 400): ApiError {
  return new ApiError(status, 'invalid_args', `error ${status}/3467: Invalid args: ${why}`);
}
