// Renting: an offer and a checked request become an instance, or the refusal that the service would give.
import type { Account } from '../accounts/account.ts';
import { ApiError } from '../api/api-error.ts';
import { DRAW } from '../dice.ts';
import { isOwner } from '../hosts/owner-id.ts';
import { fixedFields } from '../market/offer-row.ts';
import { type Ask, askOf, isRentable, minimumBid, renterPrice, type World } from '../market/world.ts';
import { addInstance, change, type Fleet, nextInstanceId } from './fleet.ts';
import { beginningState, type Instance, type Mount, type Terms } from './instance.ts';
import type { Lifecycle } from './lifecycle.ts';
import { noteMounts, openMount } from './mounts.ts';
import { invalidArgs, type RentRequest } from './rent-request.ts';

/** Status of `no_such_ask`; its pages and observers disagree. */
export const GONE_ASK_STATUSES = [400, 404, 410] as const;
export type GoneAskStatus = (typeof GONE_ASK_STATUSES)[number];

export interface Renter {
  /**
   * Throws ApiError: offer gone, not the host's own, no credit, disk too large, no SSH key for a virtual machine, no such
   * volume.
   */
  rent(account: Account, offerId: number, request: RentRequest, atMs: number): Instance;
}

export interface RenterDeps {
  readonly fleet: Fleet;
  readonly lifecycle: Lifecycle;
  /** For every refusal of that kind; left out, 404 for what never was and 410 for what was taken. */
  readonly goneAskStatus: GoneAskStatus | undefined;
  readonly rented: (account: Account, atMs: number) => void;
}

export function createRenter({ fleet, lifecycle, goneAskStatus, rented }: RenterDeps): Renter {
  const { service, billing, world } = fleet;

  const unknownAsk = (offerId: number) =>
    new ApiError(
      goneAskStatus ?? 404,
      'no_such_ask',
      `error ${goneAskStatus ?? 404}/3603: no_such_ask Instance type by id ${offerId} is not available.`,
    );
  const takenAsk = (offerId: number) =>
    new ApiError(
      goneAskStatus ?? 410,
      'no_such_ask',
      `error ${goneAskStatus ?? 410}/3907: no_such_ask Instance type ${offerId} is no longer available.`,
    );

  /** Whether an instance that was made from this very offer holds its GPUs: an offer makes one instance. */
  const isUsedUp = ({ machine, chunk }: Ask, offerId: number) =>
    [...(fleet.byMachine.get(machine.index) ?? [])].some(
      (instance) =>
        instance.offerId === offerId &&
        instance.chunk.mask === chunk.mask &&
        instance.rental?.kind === 'on-demand',
    );

  return {
    rent(account, offerId, request, atMs) {
      const ask = askOf(world, offerId);
      if (!ask) throw unknownAsk(offerId);
      const isOwn = isOwner(account, ask.machine);
      if (account.role === 'host' && !isOwn) {
        throw new ApiError(
          403,
          'not_authorized',
          `error 403/3586: Offer ${offerId} is not your own. Hosts can only rent their own machines.`,
        );
      }
      checkVm(account, ask, request);
      const hardware = fixedFields(world, ask);
      if (request.diskGb > hardware.disk_space) {
        throw invalidArgs(
          `disk is ${request.diskGb} GB; this offer has ${hardware.disk_space.toFixed(1)} GB`,
        );
      }
      if (billing.creditUsd(account, atMs) <= 0) {
        throw new ApiError(400, 'insufficient_credit', 'Your account lacks credit; see the billing page.');
      }
      const terms = termsOf(ask, request, isOwn);
      if (isUsedUp(ask, offerId) || (request.cancelsUnavailable && !isToBeHad(ask, request)))
        throw takenAsk(offerId);
      // The last thing that may be refused: it leaves a volume behind.
      const mounts = request.volume
        ? [openMount(fleet.volumes, account, ask.machine, request.volume, atMs)]
        : [];
      const instance = makeInstance(account, offerId, ask, request, terms, mounts, atMs);
      addInstance(fleet, instance);
      rented(account, atMs);
      request.template?.used(atMs);
      change(fleet, instance, atMs, 'created', {}, createdData(instance));
      noteMounts(fleet, instance, 'mounted', atMs);
      lifecycle.begin(instance, atMs);
      return instance;
    },
  };

  function makeInstance(
    account: Account,
    offerId: number,
    ask: Ask,
    request: RentRequest,
    terms: Terms,
    mounts: readonly Mount[],
    atMs: number,
  ): Instance {
    const id = nextInstanceId(fleet);
    return {
      id,
      account,
      offerId,
      machine: ask.machine,
      chunk: ask.chunk,
      gpuIds: ask.gpuIds,
      hardware: fixedFields(world, ask),
      createdMs: atMs,
      terms,
      diskGb: request.diskGb,
      isVm: request.isVm,
      mounts,
      sshKeys: [...account.sshKeys],
      accountEnv: Object.fromEntries(account.secrets),
      apiKey: service.accounts.addKey(account, { name: `instance ${id}`, instanceId: id }, atMs),
      jupyterToken: hexToken(fleet, id),
      launch: { ...request.launch, image: withTag(request.launch.image, ask) },
      ownWork: undefined,
      label: request.label,
      intended: request.target,
      current: 'stopped',
      next: request.target,
      actual: null,
      isPulled: false,
      ...beginningState(),
    };
  }
}

/** The service picks the tag of its own images by the machine's driver. */
function withTag(image: string, { machine }: Ask): string {
  return image.replace('@vastai-automatic-tag', `cuda-${machine.surroundings.cudaMax.toFixed(1)}-auto`);
}

function checkVm(account: Account, { machine }: Ask, { isVm }: RentRequest): void {
  if (!isVm) return;
  if (account.sshKeys.length === 0) {
    throw new ApiError(
      400,
      'no_ssh_key_for_vm',
      'A virtual machine needs an SSH key on the account: add one first.',
    );
  }
  if (!machine.surroundings.hasVms) throw invalidArgs(`machine ${machine.machineId} has no virtual machines`);
}

/** Prices are locked now; a host pays nothing on its own machine. */
function termsOf({ machine, chunk }: Ask, { bidPerHour }: RentRequest, isOwn: boolean): Terms {
  const { surroundings } = machine;
  const price = bidPerHour ?? renterPrice(machine) * chunk.size;
  const paid = isOwn ? 0 : 1;
  return {
    type: bidPerHour === undefined ? 'on-demand' : 'bid',
    gpuPricePerHour: bidPerHour === undefined ? price * paid : price,
    storagePricePerGbMonth: surroundings.storagePrice * paid,
    uploadPricePerGb: (surroundings.uploadPricePerTb / 1_024) * paid,
    downloadPricePerGb: (surroundings.downloadPricePerTb / 1_024) * paid,
    endMs: machine.endDateMs,
  };
}

function isToBeHad(ask: Ask, { bidPerHour }: RentRequest): boolean {
  if (!isRentable(ask)) return false;
  const { machine, chunk } = ask;
  return bidPerHour === undefined || bidPerHour >= minimumBid(machine, chunk.mask, chunk.size);
}

function createdData({ account, machine, offerId, gpuIds, terms, diskGb, launch, label }: Instance) {
  return {
    account_id: account.id,
    machine_id: machine.machineId,
    offer_id: offerId,
    gpu_ids: gpuIds,
    type: terms.type,
    price_per_hour: terms.gpuPricePerHour,
    disk_gb: diskGb,
    image: launch.image,
    label,
  };
}

/** 64 hex digits. */
function hexToken({ service }: { readonly service: { readonly dice: World['dice'] } }, id: number): string {
  return Array.from({ length: 8 }, (_, part) =>
    Math.floor(service.dice.unit(DRAW.instance, id, part, 6) * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}
