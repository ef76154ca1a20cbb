// A host's own work on GPUs that nobody rents: an instance for each of them, which makes way for everybody. To a search
// and to the crowd such a GPU is free.
import type { Account } from '../accounts/account.ts';
import type { Instance } from '../instances/instance.ts';
import { endRental, startRental } from '../market/rentals.ts';
import type { Machine, MachineWatcher, World } from '../market/world.ts';
import type { Service } from '../service.ts';
import type { Contracts } from './contracts.ts';

export interface DefaultJobTerms {
  /** As the host wrote it, dollars. */
  readonly gpuPrice: number;
  readonly uploadPrice: number;
  readonly downloadPrice: number;
  readonly image: string;
  readonly args: readonly string[];
}

export interface DefaultJob {
  readonly terms: DefaultJobTerms;
  /** Destroys its instances. */
  stop(atMs: number): void;
}

export interface DefaultJobDeps {
  readonly service: Service;
  readonly world: World;
  readonly contracts: Contracts;
  /** A number that no rental has had. */
  readonly nextRentalId: () => number;
}

export interface DefaultJobOf {
  readonly account: Account;
  readonly machine: Machine;
  readonly terms: DefaultJobTerms;
}

export function startDefaultJob(
  { service, world, contracts, nextRentalId }: DefaultJobDeps,
  { account, machine, terms }: DefaultJobOf,
  startMs: number,
): DefaultJob {
  const jobs = new Map<number, Instance>();
  let isStopped = false;

  const jobOn = (bit: number, atMs: number) => {
    const { image, args } = terms;
    const resume = (resumeMs: number) => {
      fill(resumeMs);
      return jobs.get(bit)?.rental !== undefined;
    };
    const job = jobs.get(bit) ?? contracts.makeJob({ account, machine, bit, image, args, resume }, atMs);
    jobs.set(bit, job);
    return job;
  };

  /** Each free GPU gets its job, but for those that the host stopped or destroyed itself. */
  const fill = (atMs: number) => {
    if (isStopped || machine.outages > 0) return;
    for (let bit = 0; bit < machine.numGpus; bit += 1) {
      const mask = 1 << bit;
      if (((machine.onDemandMask | machine.bidMask) & mask) !== 0) continue;
      const job = jobOn(bit, atMs);
      if (job.rental || job.intended === 'stopped') continue;
      const { chunk, gpuIds } = job;
      const rental = startRental(world, {
        rentalId: nextRentalId(),
        ask: { machine, chunk, index: 0, gpuIds, rows: [] },
        kind: 'bid',
        atMs,
        // It is worth nothing against any bid.
        pricePerHour: 0,
        contractEndMs: Number.POSITIVE_INFINITY,
        tenant: { displaced: (lostMs) => contracts.changeJob(job, 'displaced', undefined, lostMs) },
        isDefaultJob: true,
      });
      contracts.changeJob(job, 'running', rental, atMs);
    }
  };

  const watcher: MachineWatcher = {
    // Whoever gave GPUs back is still about it.
    freed: (atMs) => void service.agenda.plan(atMs, fill),
    up: fill,
    down: (atMs) => {
      for (const job of jobs.values()) {
        const { rental } = job;
        if (!rental) continue;
        contracts.changeJob(job, 'offline', undefined, atMs);
        endRental(world, rental, atMs);
      }
    },
  };
  machine.watchers.add(watcher);
  fill(startMs);
  return {
    terms,
    stop(atMs) {
      isStopped = true;
      machine.watchers.delete(watcher);
      for (const job of jobs.values()) contracts.destroy(job, 'host', atMs);
    },
  };
}
