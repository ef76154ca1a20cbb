// One machine of the trace: a binary tree of chunks, rented and given back, going down and coming back, with a
// price in steps and a reliability that walks. What happens next to it is drawn from its own dice.
import { DAY_MS, HOUR_MS, type Random } from '../../../src/base/std/index.ts';
import type { Flag } from '../../../src/watch/history/observation.ts';
import { CPUS, DRIVERS, type Model, PLACES } from './models.ts';

const MACHINE_EVENTS = [
  'rent',
  'return',
  'down',
  'up',
  'price',
  'reliability',
  'verification',
  'move',
  'replace',
] as const;
type MachineEvent = (typeof MACHINE_EVENTS)[number];

/** What all offers of a machine share. */
export interface MachineFacts {
  machineId: number;
  readonly hostId: number;
  readonly model: Model;
  readonly gpus: number;
  readonly cpuName: string;
  readonly cpuCores: number;
  readonly cpuRamMb: number;
  readonly driver: string;
  readonly cudaMax: number;
  readonly hostingType: number;
  readonly staticIp: Flag;
  readonly diskGb: number;
  readonly ports: number;
  readonly inetUpCost: number;
  readonly inetDownCost: number;
  endDate: number;
  place: string;
  verified: Flag;
  deverified: Flag;
  pricePerGpu: number;
  /** Dollars a GB and month. */
  storageCost: number;
  reliability: number;
}

const CHUNK_STATES = ['available', 'rented', 'unavailable'] as const;
export type ChunkState = (typeof CHUNK_STATES)[number];

export interface Ids {
  machine(): number;
  offer(): number;
}

/** Mean hours between two tries to rent something of a machine with one GPU: set so that 60 % of GPUs are rented. */
const IDLE_HOURS = 10.2;
const RENTAL_MEDIAN_HOURS = 2.2;
const RENTAL_SIGMA = 2;
const RENTAL_MAX_HOURS = 60 * 24;
const OUTAGE_EVERY_DAYS = 8;
const OUTAGE_MEDIAN_HOURS = 2;
const RELISTED_SHARE = 0.2;
const LIFE_DAYS = 400;

export class Machine {
  readonly facts: MachineFacts;
  /** Offer id of each node: the root first, the children of i at 2i + 1 and 2i + 2, the GPUs last. */
  readonly offerIds: number[];
  readonly states: ChunkState[];
  isUp = true;
  readonly #random: Random;
  readonly #ids: Ids;
  readonly #models: () => Model;
  readonly #due = new Map<MachineEvent, number>();
  /** When each rented node comes back. */
  readonly #returns = new Map<number, number>();
  nextMs = 0;

  constructor(options: {
    readonly random: Random;
    readonly ids: Ids;
    readonly model: () => Model;
    readonly gpus: number;
    readonly nowMs: number;
  }) {
    this.#random = options.random;
    this.#ids = options.ids;
    this.#models = options.model;
    const nodes = 2 * options.gpus - 1;
    this.facts = this.#makeFacts(options.gpus, options.nowMs);
    this.offerIds = Array.from({ length: nodes }, () => options.ids.offer());
    this.states = Array.from({ length: nodes }, () => 'available');
    for (const event of MACHINE_EVENTS)
      if (event !== 'return' && event !== 'up') this.#plan(event, options.nowMs);
    this.#settleNext();
  }

  /** Does what is due by `nowMs`; says whether anything that an offer shows has changed. */
  advance(nowMs: number): boolean {
    let isChanged = false;
    while (this.nextMs <= nowMs) {
      const atMs = this.nextMs;
      for (const [event, dueMs] of this.#due) {
        if (dueMs !== atMs) continue;
        this.#due.delete(event);
        isChanged = this.#happen(event, atMs) || isChanged;
      }
      this.#settleNext();
    }
    return isChanged;
  }

  get rentedGpus(): number {
    let count = 0;
    for (const node of this.#returns.keys()) count += this.gpusOf(node);
    return count;
  }

  /** GPUs of a node: halved at every level of the tree. */
  gpusOf(node: number): number {
    return this.facts.gpus >> (31 - Math.clz32(node + 1));
  }

  /** Ids of a node's physical GPUs. */
  gpuIdsOf(node: number): string {
    const size = this.gpusOf(node);
    const first = (node + 1) * size - this.facts.gpus;
    return Array.from({ length: size }, (_, index) => first + index).join(',');
  }

  #happen(event: MachineEvent, atMs: number): boolean {
    const { facts } = this;
    const random = this.#random;
    if (event !== 'return' && event !== 'down' && event !== 'up') this.#plan(event, atMs);
    switch (event) {
      case 'rent':
        return this.#rentSomething(atMs);
      case 'return':
        return this.#giveBack(atMs);
      case 'down':
        this.isUp = false;
        this.#due.set('up', atMs + OUTAGE_MEDIAN_HOURS * HOUR_MS * Math.exp(1.2 * random.normal()));
        return true;
      case 'up':
        this.isUp = true;
        this.#plan('down', atMs);
        if (random.chance(RELISTED_SHARE)) this.#relist();
        return true;
      case 'price':
        facts.pricePerGpu = Math.max(0.02, facts.pricePerGpu * Math.exp(0.06 * random.normal()));
        return true;
      case 'reliability':
        facts.reliability = walked(facts.reliability, (random.chance(0.5) ? 1 : -1) * random.int(1, 10));
        return true;
      case 'verification':
        if (random.chance(0.7)) facts.verified = facts.verified ? 0 : 1;
        facts.deverified = facts.verified ? 0 : random.chance(0.3) ? 1 : 0;
        return true;
      case 'move':
        facts.place = random.pick(PLACES);
        return true;
      case 'replace':
        Object.assign(this.facts, this.#makeFacts(facts.gpus, atMs));
        this.#returns.clear();
        this.#due.delete('return');
        this.#relist();
        this.#showStates();
        return true;
    }
  }

  #rentSomething(atMs: number): boolean {
    const random = this.#random;
    const free = this.states.flatMap((state, node) => (state === 'available' ? [node] : []));
    if (!this.isUp || free.length === 0) return false;
    const hours = RENTAL_MEDIAN_HOURS * Math.exp(RENTAL_SIGMA * random.normal());
    this.#returns.set(random.pick(free), atMs + Math.min(RENTAL_MAX_HOURS, hours) * HOUR_MS);
    this.#planReturn();
    this.#showStates();
    return true;
  }

  #giveBack(atMs: number): boolean {
    for (const [node, dueMs] of this.#returns) if (dueMs <= atMs) this.#returns.delete(node);
    this.#planReturn();
    this.#showStates();
    return true;
  }

  #planReturn(): void {
    if (this.#returns.size > 0) this.#due.set('return', Math.min(...this.#returns.values()));
  }

  /** A rented chunk makes its ancestors and descendants unavailable. */
  #showStates(): void {
    this.states.fill('available');
    for (const node of this.#returns.keys()) {
      for (let up = node; up > 0; ) {
        up = (up - 1) >> 1;
        this.states[up] = 'unavailable';
      }
      this.#cover(2 * node + 1);
      this.#cover(2 * node + 2);
    }
    for (const node of this.#returns.keys()) this.states[node] = 'rented';
  }

  #cover(node: number): void {
    if (node >= this.states.length) return;
    this.states[node] = 'unavailable';
    this.#cover(2 * node + 1);
    this.#cover(2 * node + 2);
  }

  #relist(): void {
    for (let node = 0; node < this.offerIds.length; node += 1) this.offerIds[node] = this.#ids.offer();
  }

  #plan(event: MachineEvent, nowMs: number): void {
    const random = this.#random;
    const afterMs = {
      rent: () => random.exponential((IDLE_HOURS / this.facts.gpus ** 0.55) * HOUR_MS),
      down: () => random.exponential(OUTAGE_EVERY_DAYS * DAY_MS),
      price: () => (1 + 2 * random.next()) * DAY_MS,
      reliability: () => random.exponential(4 * HOUR_MS),
      verification: () => random.exponential(90 * DAY_MS),
      move: () => random.exponential(120 * DAY_MS),
      replace: () => random.exponential(LIFE_DAYS * DAY_MS),
      return: () => Number.POSITIVE_INFINITY,
      up: () => Number.POSITIVE_INFINITY,
    }[event]();
    this.#due.set(event, nowMs + afterMs);
  }

  #settleNext(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#due.values()) if (dueMs < next) next = dueMs;
    this.nextMs = next;
  }

  #makeFacts(gpus: number, nowMs: number): MachineFacts {
    const random = this.#random;
    const model = this.#models();
    const verified: Flag = random.chance(0.55) ? 1 : 0;
    return {
      machineId: this.#ids.machine(),
      hostId: 1_000 + random.int(0, 1_200),
      model,
      gpus,
      cpuName: random.pick(CPUS),
      cpuCores: random.pick([8, 16, 24, 32, 64, 96, 128]),
      cpuRamMb: random.pick([32, 64, 128, 256, 512]) * 1024 - random.int(0, 900),
      driver: random.pick(DRIVERS),
      cudaMax: random.pick([12.2, 12.4, 12.6, 12.8]),
      hostingType: random.chance(0.2) ? 1 : 0,
      staticIp: random.chance(0.3) ? 1 : 0,
      diskGb: random.int(50, 4_000),
      ports: random.int(0, 250),
      inetUpCost: random.int(0, 40) / 1024,
      inetDownCost: random.int(0, 40) / 1024,
      endDate: Math.round(nowMs / 1000) + random.int(30, 400) * 86_400,
      place: random.pick(PLACES),
      verified,
      deverified: verified ? 0 : random.chance(0.3) ? 1 : 0,
      pricePerGpu: model.pricePerGpu * Math.exp(0.25 * random.normal()),
      storageCost: random.pick([0.1, 0.12, 0.15, 0.2, 0.25, 0.3]),
      reliability: Math.round((0.9 + 0.0999 * random.next()) * 1e7) / 1e7,
    };
  }
}

/** A step of `tenThousandths`, turned back at the ends, with seven decimals as the service sends them. */
function walked(reliability: number, tenThousandths: number): number {
  const there = reliability + tenThousandths * 1e-4;
  const kept = there > 0.9999 || there < 0.6 ? reliability - tenThousandths * 1e-4 : there;
  return Math.round(kept * 1e7) / 1e7;
}
