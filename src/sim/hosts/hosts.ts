// The machines that host accounts run, with what the market itself does not know of them: the listing's term, notices
// of maintenance, reports, the default job. The market decides what a search shows; this decides what hosts may do.
import { DAY_MS } from '../../base/std/index.ts';
import type { Account } from '../accounts/account.ts';
import { ApiError } from '../api/api-error.ts';
import { manage, putUp, takeOff } from '../market/listing.ts';
import type { Machine, World } from '../market/world.ts';
import type { Service } from '../service.ts';
import type { HostedMachine, Report } from './hosted-machine.ts';
import { endOfTerm, type ListingTerm } from './listing-term.ts';
import { isOwner } from './owner-id.ts';

export interface Hosts {
  readonly world: World;
  /** Puts the machines of the account's host into its hands. */
  adopt(account: Account, atMs: number): void;
  /** The account's machines, by id; empty for renters. */
  machinesOf(account: Account): readonly HostedMachine[];
  /** Throws ApiError for an id that is none (404) or of somebody else's machine (403). */
  owned(account: Account, machineId: number | undefined): HostedMachine;
  /** Any machine of the market, whoever runs it. */
  machineById(machineId: number): Machine | undefined;
  list(hosted: HostedMachine, term: ListingTerm | undefined, atMs: number): void;
  unlist(hosted: HostedMachine, atMs: number): void;
  /** Of any machine of the market. */
  reportsOf(machine: Machine): Report[];
}

/** How long before the end of a listing its host is told. */
const TOLD_BEFORE_MS = 7 * DAY_MS;

export function createHosts(service: Service, world: World): Hosts {
  const { agenda, truthLog } = service;
  const hosted = new Map<number, HostedMachine>();
  const byId = new Map(world.machines.map((machine) => [machine.machineId, machine]));
  const reports = new Map<Machine, Report[]>();

  const end = (each: HostedMachine, atMs: number, what: string) => {
    each.planned?.cancel();
    each.planned = undefined;
    if (!each.machine.isListed) return;
    takeOff(world, each.machine, atMs);
    truthLog.note(atMs, 'machine', each.machine.machineId, what);
  };

  /** Plans what the term does next: a day's move of a rolling one; of another its end, and a word before it. */
  const follow = (each: HostedMachine, atMs: number) => {
    each.planned?.cancel();
    const { machine, term } = each;
    if (term.kind === 'rolling') {
      each.planned = agenda.plan(atMs + DAY_MS, (movedMs) => {
        putUp(world, machine, endOfTerm(term, movedMs), movedMs);
        follow(each, movedMs);
      });
    } else {
      const endMs = machine.endDateMs;
      each.planned = agenda.plan(Math.max(atMs, endMs - TOLD_BEFORE_MS), (toldMs) => {
        if (endMs > toldMs)
          truthLog.note(toldMs, 'machine', machine.machineId, 'listing_ending', { end_date: endMs / 1_000 });
        each.planned = agenda.plan(endMs, (endedMs) => end(each, endedMs, 'listing_ended'));
      });
    }
  };

  return {
    world,
    adopt(account, atMs) {
      for (const machine of world.machines) {
        if (machine.ownerId !== account.hostId || hosted.has(machine.machineId)) continue;
        manage(machine);
        const { isRolling, termDays, endDateMs: endMs } = machine;
        const term: ListingTerm = isRolling
          ? { kind: 'rolling', lengthMs: termDays * DAY_MS }
          : { kind: 'fixed', endMs };
        const each: HostedMachine = {
          machine,
          term,
          planned: undefined,
          maintenances: [],
          defaultJob: undefined,
          isDeleted: false,
        };
        hosted.set(machine.machineId, each);
        if (machine.isListed) follow(each, atMs);
      }
    },
    machinesOf: (account) =>
      [...hosted.values()]
        .filter(({ machine, isDeleted }) => isOwner(account, machine) && !isDeleted)
        .sort((a, b) => a.machine.machineId - b.machine.machineId),
    owned(account, machineId) {
      if (account.role !== 'host')
        throw new ApiError(403, 'not_authorized', 'Only host accounts have machines.');
      const each = machineId === undefined ? undefined : hosted.get(machineId);
      if (each && isOwner(account, each.machine) && !each.isDeleted) return each;
      if (machineId !== undefined && byId.has(machineId) && !each?.isDeleted)
        throw new ApiError(403, 'not_authorized', `Machine ${machineId} is not your own.`);
      throw new ApiError(404, 'not_found', `No machine ${machineId ?? 'without an id'} found.`);
    },
    machineById: (machineId) => byId.get(machineId),
    list(each, term, atMs) {
      const { machine } = each;
      const wasListed = machine.isListed;
      const isOver = each.term.kind === 'fixed' && each.term.endMs <= atMs;
      each.term = term ?? (isOver ? { kind: 'open' } : each.term);
      // An edit that says nothing of the end leaves it where it is.
      if (term || !wasListed) {
        putUp(world, machine, endOfTerm(each.term, atMs), atMs);
        follow(each, atMs);
      }
      truthLog.note(atMs, 'machine', machine.machineId, wasListed ? 'listing_changed' : 'listed', {
        end_date: machine.endDateMs / 1_000,
        price_gpu: machine.hostPrice,
        min_chunk: machine.minChunk,
      });
    },
    unlist: (each, atMs) => end(each, atMs, 'unlisted'),
    reportsOf(machine) {
      const list = reports.get(machine) ?? [];
      reports.set(machine, list);
      return list;
    },
  };
}
