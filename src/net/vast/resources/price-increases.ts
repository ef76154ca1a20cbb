// Higher prices at which hosts offer to go on after a contract's end, and the renter's answer to them.
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { isId, msOrNull, numberOrNull } from '../decode-fields.ts';
import type { InstanceId } from '../instance.ts';
import type { HostId } from '../offer.ts';
import { knownId } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface PriceIncreasePrices {
  readonly gpuPricePerHour: number | null;
  /** Dollars an hour for the whole disk. */
  readonly diskPricePerHour: number | null;
  readonly uploadPricePerGb: number | null;
  readonly downloadPricePerGb: number | null;
}

export interface PriceIncrease {
  readonly id: number;
  readonly instanceId: InstanceId;
  readonly hostId: HostId | null;
  readonly before: PriceIncreasePrices;
  readonly after: PriceIncreasePrices;
  /** When the contract ends as it is. */
  readonly endsAtMs: number | null;
  /** When it would end at the higher price. */
  readonly newEndsAtMs: number | null;
  readonly createdAtMs: number | null;
}

export interface PendingPriceIncreases {
  readonly increases: readonly PriceIncrease[];
  /** The service shows no more than some; there are others. */
  readonly isTruncated: boolean;
}

export interface PriceIncreasesResource {
  list(options?: CallOptions): Promise<PendingPriceIncreases>;
  /** Throws InvalidRequestError with the code `no_pending_price_increase` when it is no longer open. */
  accept(increaseId: number, options?: CallOptions): Promise<void>;
  reject(increaseId: number, options?: CallOptions): Promise<void>;
}

const SECONDS_AN_HOUR = 3_600;

export function createPriceIncreases({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): PriceIncreasesResource {
  const answerWith =
    (word: 'accept' | 'reject') =>
    async (increaseId: number, options?: CallOptions): Promise<void> =>
      write(
        {
          method: 'PUT',
          route: `/instances/${word}-price-increase/`,
          // With any other field beside it the service refuses.
          body: { pending_price_increase_id: knownId('increaseId', increaseId) },
          auth: 'key',
          lookUp: 'list the pending price increases and look at the price of the instance',
          decode: done,
        },
        options,
      );
  return {
    list: (options) =>
      send(
        {
          method: 'GET',
          route: '/instances/pending-price-increases/',
          auth: 'key',
          decode: (json, answer) => ({
            increases: rowsOf(json, 'pending_price_increases', answer).map((row) => {
              const { pending_price_increase_id: id, contract_id: instanceId } = row;
              if (!isId(id) || !isId(instanceId)) throw malformed('ids of price increases', answer);
              return decodeIncrease(id, instanceId as InstanceId, row);
            }),
            isTruncated: objectOf(json, answer).truncated === true,
          }),
        },
        options,
      ),
    accept: answerWith('accept'),
    reject: answerWith('reject'),
  };
}

function decodeIncrease(
  id: number,
  instanceId: InstanceId,
  row: Readonly<Record<string, unknown>>,
): PriceIncrease {
  return {
    id,
    instanceId,
    hostId: numberOrNull(row.host_id) as HostId | null,
    before: pricesOf(row, 'old'),
    after: pricesOf(row, 'new'),
    endsAtMs: msOrNull(row.contract_end_date),
    newEndsAtMs: msOrNull(row.ask_end_date),
    createdAtMs: msOrNull(row.created_at),
  };
}

function pricesOf(row: Readonly<Record<string, unknown>>, when: 'old' | 'new'): PriceIncreasePrices {
  const hourly = (value: unknown) => {
    const perSecond = numberOrNull(value);
    return perSecond === null ? null : perSecond * SECONDS_AN_HOUR;
  };
  return {
    gpuPricePerHour: hourly(row[`${when}_gpu_costpersec`]),
    diskPricePerHour: hourly(row[`${when}_disk_ram_costpersec`]),
    uploadPricePerGb: numberOrNull(row[`${when}_bwu_cost`]),
    downloadPricePerGb: numberOrNull(row[`${when}_bwd_cost`]),
  };
}
