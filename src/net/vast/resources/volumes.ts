// Volumes: disk of one machine that outlives the instances that mount it.
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { amountOrNull, isId, isObject, msOrNull, numberOrNull, textOrNull } from '../decode-fields.ts';
import { InvalidRequestError } from '../errors.ts';
import type { HostId, MachineId } from '../offer.ts';
import { knownId, positive } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';
import type { WireSearchBody } from '../wire/index.ts';

export interface VolumeOffer {
  readonly id: number;
  readonly machineId: MachineId;
  readonly hostId: HostId | null;
  /** The most that a volume here can have. */
  readonly diskGb: number | null;
  readonly storagePricePerGbMonth: number | null;
  readonly geolocation: string | null;
  readonly verification: string | null;
  readonly reliability: number | null;
  readonly inetUpMbps: number | null;
  readonly inetDownMbps: number | null;
  readonly endsAtMs: number | null;
}

export interface Volume {
  readonly id: number;
  readonly label: string | null;
  readonly status: string | null;
  readonly machineId: MachineId | null;
  readonly hostId: HostId | null;
  readonly sizeGb: number | null;
  /** Dollars an hour for all of it. */
  readonly pricePerHour: number | null;
  /** Instances that mount it, running or not. */
  readonly instanceIds: readonly number[];
  readonly startedAtMs: number | null;
  readonly geolocation: string | null;
  readonly verification: string | null;
  readonly reliability: number | null;
}

export interface VolumesResource {
  /** Filters in the service's words, which win over its defaults: verified, at least 1 GB, best first. */
  search(filters?: WireSearchBody, options?: CallOptions): Promise<readonly VolumeOffer[]>;
  list(options?: CallOptions): Promise<readonly Volume[]>;
  /** Rents disk of a volume offer, whole GB; gives the id of the volume. Its size is fixed. */
  create(
    offerId: number,
    wish: { readonly sizeGb: number; readonly name?: string },
    options?: CallOptions,
  ): Promise<number>;
  /** Throws InvalidRequestError while an instance mounts it, and for half a minute after. */
  remove(volumeId: number, options?: CallOptions): Promise<'removed' | 'not-found'>;
  /** Copies it to a new volume on another offer; as large as it is unless said otherwise. */
  clone(
    volumeId: number,
    to: { readonly offerId: number; readonly sizeGb?: number },
    options?: CallOptions,
  ): Promise<number>;
}

const ROUTE = '/volumes/';
const DEFAULT_FILTERS: WireSearchBody = {
  verified: { eq: true },
  external: { eq: false },
  disk_space: { gte: 1 },
  order: [['score', 'desc']],
};

export function createVolumes({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): VolumesResource {
  const lookUp = 'list the volumes';
  return {
    search: (filters, options) =>
      send(
        {
          method: 'POST',
          route: '/volumes/search/',
          body: { ...DEFAULT_FILTERS, ...filters },
          auth: 'key',
          decode: (json, answer) => rowsOf(json, 'offers', answer).map((row) => decodeOffer(row, answer)),
        },
        options,
      ),
    list: (options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          query: { owner: 'me', type: 'all_volume' },
          auth: 'key',
          decode: (json, answer) => rowsOf(json, 'volumes', answer).map((row) => decodeVolume(row, answer)),
        },
        options,
      ),
    create: async (offerId, { sizeGb, name }, options) =>
      write(
        {
          method: 'PUT',
          route: ROUTE,
          body: {
            size: positive('sizeGb', sizeGb),
            id: knownId('offerId', offerId),
            ...(name !== undefined && { name }),
          },
          auth: 'key',
          lookUp,
          decode: volumeIdOf,
        },
        options,
      ),
    async remove(volumeId, options) {
      knownId('volumeId', volumeId);
      try {
        await write(
          {
            method: 'DELETE',
            route: ROUTE,
            // Where the id stands, the service's documents disagree.
            query: { id: String(volumeId) },
            body: { id: volumeId },
            auth: 'key',
            priority: 'destroy',
            lookUp,
            decode: done,
          },
          options,
        );
        return 'removed';
      } catch (error) {
        if (error instanceof InvalidRequestError && error.code === 'no_such_volume') return 'not-found';
        throw error;
      }
    },
    clone: async (volumeId, { offerId, sizeGb }, options) =>
      write(
        {
          method: 'POST',
          route: '/volumes/copy/',
          body: {
            src_id: knownId('volumeId', volumeId),
            dst_id: knownId('offerId', offerId),
            ...(sizeGb !== undefined && { size: positive('sizeGb', sizeGb) }),
          },
          auth: 'key',
          lookUp,
          decode: volumeIdOf,
        },
        options,
      ),
  };
}

/** Documented is only the name, `V.123`. */
function volumeIdOf(json: unknown, answer: AnswerFacts): number {
  const { volume_id, volume_name } = objectOf(json, answer);
  if (isId(volume_id)) return volume_id;
  const id = Number(/^V\.(\d+)$/.exec(textOrNull(volume_name) ?? '')?.[1] ?? Number.NaN);
  if (isId(id)) return id;
  throw malformed('the id of the volume', answer);
}

function decodeOffer(row: Readonly<Record<string, unknown>>, answer: AnswerFacts): VolumeOffer {
  if (!isId(row.id) || !isId(row.machine_id)) throw malformed('ids of offers', answer);
  return {
    id: row.id,
    machineId: row.machine_id as MachineId,
    hostId: numberOrNull(row.host_id) as HostId | null,
    diskGb: amountOrNull(row.disk_space),
    storagePricePerGbMonth: amountOrNull(row.storage_cost),
    endsAtMs: msOrNull(row.end_date),
    ...placeOf(row),
    inetUpMbps: amountOrNull(row.inet_up),
    inetDownMbps: amountOrNull(row.inet_down),
  };
}

function decodeVolume(row: Readonly<Record<string, unknown>>, answer: AnswerFacts): Volume {
  if (!isId(row.id)) throw malformed('ids of volumes', answer);
  const mounted: readonly unknown[] = Array.isArray(row.instances) ? row.instances : [];
  return {
    id: row.id,
    label: textOrNull(row.label),
    status: textOrNull(row.status),
    machineId: numberOrNull(row.machine_id) as MachineId | null,
    hostId: numberOrNull(row.host_id) as HostId | null,
    sizeGb: amountOrNull(row.disk_space),
    pricePerHour: amountOrNull(row.storage_total_cost),
    instanceIds: mounted.map((each) => (isObject(each) ? each.id : each)).filter(isId),
    startedAtMs: msOrNull(row.start_date),
    ...placeOf(row),
  };
}

function placeOf(row: Readonly<Record<string, unknown>>) {
  return {
    geolocation: textOrNull(row.geolocation),
    verification: textOrNull(row.verification),
    reliability: numberOrNull(row.reliability2),
  };
}
