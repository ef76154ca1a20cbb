// The simulator's seam: a marketplace as a function from Request to Response, with a seed and a clock.
import type { Clock, Log } from '../base/std/index.ts';
import type { RemoteShell } from '../net/ssh/index.ts';
import type { Connection, Role } from './accounts/account.ts';
import type { Charge } from './billing/billing.ts';
import type { FaultName, FaultPlan } from './faults/fault-plan.ts';
import type { FaultOrder } from './faults/faults.ts';
import type { GpuLoad } from './machine/index.ts';
import type { ServeOptions } from './serve-options.ts';
import type { TruthEvent } from './truth-log.ts';

export interface FaultEvent {
  /** Since the simulation began. */
  readonly atMs: number;
  readonly fault: FaultName;
  readonly times: number;
  readonly route: RegExp | undefined;
  readonly id: number | undefined;
}

export interface SimOptions {
  /** The same seed and the same requests at the same times give the same bytes. */
  readonly seed: string | number;
  readonly clock: Clock;
  readonly log?: Log;
  /** How many offers a full unbundled on-demand listing holds, about; default 10,000. */
  readonly offers?: number;
  /** The market's size by its hosts, in place of `offers`: 400 of them list about 6,500 offers. */
  readonly hosts?: number;
  /** Keys that may call; default one made from the seed. */
  readonly apiKeys?: readonly string[];
  /** How often each fault comes; none by default. */
  readonly faults?: FaultPlan;
  /** Faults that are ordered at their time, as a scenario says. */
  readonly events?: readonly FaultEvent[];
  /** Most rows of one search answer; default none. A list takes one cap a day in turn. */
  readonly cap?: number | readonly number[];
  /** Searches allowed in any 60 s; default 10. `Infinity` switches the limit off. */
  readonly searchesPerMinute?: number;
  /** Serves these recorded polls as the market instead of a simulated one. */
  readonly replay?: ReplaySource;
  /**
   * Filters of a search that names none: `none` (default) answers everything, as recorded of the live
   * service; `documented` adds the published schema's verified, rentable and not rented.
   */
  readonly searchDefaults?: 'none' | 'documented';
  /** Status for an unknown key: 401 (default) or the 404 that some pages document. */
  readonly badKeyStatus?: 401 | 404;
  /** Form of a real 429: plain text (default), or JSON with `detail` or `msg`. */
  readonly rateLimitBody?: 'text' | 'detail' | 'msg';
  /**
   * Whose key calls. Left out it is a renter's that may see the market metrics too; the real service shows them
   * to a host with machines, has none for a host without, and refuses a renter.
   */
  readonly account?: 'host' | 'host-without-machines' | 'renter';
  /**
   * The host (`host_id` of its rows) whose machines the host account runs; default the largest of up to 20 machines
   * with one of 8 GPUs, if there is any.
   */
  readonly hostId?: number;
  /** Status of `no_such_ask`; left out, 404 for offers that never were and 410 for those that were taken. */
  readonly goneAskStatus?: 400 | 404 | 410;
  /** Credit that the first account starts with, dollars; default 100. */
  readonly credit?: number;
  /** Delivers notification webhooks; without it none leave the simulation. */
  readonly webhooks?: WebhookOptions;
  /** Multiplies the published least intervals between calls of one route; default 1, 0 switches them off. */
  readonly intervalFactor?: number;
}

/** How webhooks leave the simulation. */
export interface WebhookOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Whether plain http to a loopback address is taken, which the service refuses; default not. */
  readonly allowsLoopback?: boolean;
}

/** Recorded answers, one poll after another; the last one stays. */
export interface ReplaySource {
  readonly name: string;
  /** What was odd about the files, in sentences; empty when nothing was. */
  readonly warnings: readonly string[];
  readonly polls: readonly {
    readonly atMs: number | undefined;
    readonly offers: readonly Record<string, unknown>[];
  }[];
}

export interface SlotTruth {
  readonly machineId: number;
  readonly gpuId: number;
  readonly state: 'free' | 'on-demand' | 'bid' | 'offline' | 'unlisted';
  readonly sinceMs: number;
  /** Dollars an hour for this GPU as locked at rental; undefined unless rented. */
  readonly lockedPricePerHour: number | undefined;
}

export interface RentalTruth {
  readonly rentalId: number;
  readonly machineId: number;
  readonly gpuIds: readonly number[];
  readonly kind: 'on-demand' | 'bid';
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly endMs: number | undefined;
  /** Dollars an hour for the whole rental, as locked at its start. */
  readonly lockedPricePerHour: number;
}

/** An instance as it really is, whatever a listing says of it. */
export interface InstanceTruth {
  readonly instanceId: number;
  readonly accountId: number;
  readonly machineId: number;
  readonly type: 'on-demand' | 'bid' | 'reserved';
  readonly intended: 'running' | 'stopped';
  readonly actual: string | null;
  /** GPUs that it was rented with; it holds them only while `holdsGpus`. */
  readonly gpuIds: readonly number[];
  readonly holdsGpus: boolean;
  /** Why it has no GPUs though it is meant to run. */
  readonly waiting: 'queued' | 'outbid' | undefined;
  /** Dollars an hour for all its GPUs while it runs. */
  readonly gpuPricePerHour: number;
  /** What is really in it, also where that is not what was offered. */
  readonly gpuName: string;
  readonly gpuCount: number;
  /** Dollars an hour that it costs just now, GPUs and disk. */
  readonly billedPerHour: { readonly gpu: number; readonly disk: number };
  readonly createdMs: number;
  readonly endMs: number;
  /** Undefined while it is there. */
  readonly destroyedMs: number | undefined;
}

export interface AccountTruth {
  readonly accountId: number;
  readonly email: string;
  readonly role: Role;
  readonly hostId: number | undefined;
  /** Its first key, which may do everything. */
  readonly apiKey: string;
  /** Dollars. */
  readonly creditUsd: number;
  /** Dollars charged so far. */
  readonly spentUsd: number;
  /** Dollars that an hour costs just now. */
  readonly spendPerHour: number;
}

export interface ChargesFilter {
  readonly accountId?: number;
  readonly instanceId?: number;
  /** Default the start of the simulation. */
  readonly fromMs?: number;
  /** Default now. */
  readonly toMs?: number;
}

/** What really happens in the simulated market; never told over the API. */
export interface SimTruth {
  /** Every slot now. */
  slots(): readonly SlotTruth[];
  /** All rentals that overlap [fromMs, toMs). */
  rentals(fromMs: number, toMs: number): readonly RentalTruth[];
  /** Ids of all asks that are listed now, of machines that are up. */
  listedOfferIds(): readonly number[];
  /** Every instance that ever was, in the order of their creation. */
  instances(): readonly InstanceTruth[];
  /** Every stretch of time and amount of traffic that was charged, exact; in order of account, start and instance. */
  charges(filter?: ChargesFilter): readonly Charge[];
  /** Every account there is, in the order in which they were opened. */
  accounts(): readonly AccountTruth[];
  /** Everything that happened to accounts, instances and machines of theirs, in order; after `seq`, if given. */
  log(seq?: number): readonly TruthEvent[];
  /** Told of every event as it happens; returns how to stop. */
  follow(listener: (event: TruthEvent) => void): () => void;
}

export interface SimServer {
  /** The API's base is `url + '/api/v0'`. */
  readonly url: string;
  readonly apiKey: string;
  readonly hostApiKey: string | undefined;
  /** Truth, faults and stepping; refuses calls without the token. */
  readonly controlUrl: string;
  readonly controlToken: string;
  stop(): Promise<void>;
}

/** A route as the reference page shows it. */
export interface RouteFacts {
  readonly method: string;
  /** With `:name` for a part. */
  readonly path: string;
  /** What a key must be allowed to do; `open` needs none. */
  readonly scope: string;
  /** Least seconds between two calls with one key. */
  readonly intervalSec?: number;
  readonly summary: string;
}

export interface SimAccountOptions {
  /** Default `host` with a `hostId`, else `renter`. */
  readonly role?: Role;
  /** Dollars of credit; default none. */
  readonly credit?: number;
  /** Made up when left out. */
  readonly email?: string;
  /** The host of the market (`host_id` of its rows) whose machines it runs. */
  readonly hostId?: number;
  /** Last four digits of a saved card, which is charged when credit runs low. */
  readonly cardLast4?: string;
  /** Gives it a second factor with this code. */
  readonly secondFactorCode?: string;
  readonly connections?: readonly Omit<Connection, 'id'>[];
}

export interface SimAccounts {
  /** Throws RangeError for an email or a host that another account has, and for a host that the market lacks. */
  add(options?: SimAccountOptions): { readonly id: number; readonly apiKey: string };
  /** A payment into the credit by hand, dollars; below zero takes it out. Throws RangeError for an unknown id. */
  deposit(id: number, amountUsd: number): void;
}

export interface Sim {
  readonly seed: string;
  readonly apiKey: string;
  /** Opens the account that runs one of the market's hosts; undefined in a replay, which has no machines. */
  readonly hostApiKey: string | undefined;
  /** All routes that it answers, for reference pages. */
  readonly routes: readonly RouteFacts[];
  /** In place of the global fetch. */
  readonly fetch: typeof globalThis.fetch;
  /** Serves the same function on a loopback port; 0 takes a free one. */
  serve(options?: ServeOptions): Promise<SimServer>;
  /** Brings the market to the clock's present time; every request does so by itself. */
  step(): void;
  readonly accounts: SimAccounts;
  readonly truth: SimTruth;
  /** Orders a fault: for the next requests that fit, or for a thing. */
  fail(fault: FaultName, order?: FaultOrder): void;
  /** How often each fault fired. */
  faultCounts(): Readonly<Record<FaultName, number>>;
  /** What nvidia-smi shows on an instance. Throws RangeError for an unknown one, and where nothing shows it. */
  setGpuLoad(instanceId: number, load: GpuLoad): void;
  /**
   * A new connection into an instance's twin. Rejects with RangeError for an unknown instance and in a simulation
   * without twins, and as a real connection does while the instance does not run.
   */
  shell(instanceId: number): Promise<RemoteShell>;
  /** Ends everything that runs inside instances; servers are stopped by themselves. Harmless twice. */
  close(): Promise<void>;
}
