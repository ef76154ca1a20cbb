// Everything about instances put together: what the simulator's API needs of it, and what its other parts do.
import type { Log } from '../../base/std/index.ts';
import type { Account } from '../accounts/account.ts';
import type { Route } from '../api/route.ts';
import type { Billing } from '../billing/billing.ts';
import type { Contracts } from '../hosts/contracts.ts';
import type { World } from '../market/world.ts';
import type { Service } from '../service.ts';
import type { InstanceTruth } from '../types.ts';
import type { Carrier } from './carrier.ts';
import type { MakeContainer } from './container.ts';
import { copyRoutes } from './copies.ts';
import { createCopyRuns } from './copy-runs.ts';
import { volumeSite } from './copy-sites.ts';
import { changeJob, makeJobInstance } from './default-job.ts';
import { createFleet, type Fleet, instancesOf, instancesOn } from './fleet.ts';
import { createImageCache } from './images.ts';
import { createInsides } from './insides.ts';
import type { Instance } from './instance.ts';
import { createInstanceRows } from './instance-row.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createMisfortunes } from './misfortunes.ts';
import { mountersOf } from './mounts.ts';
import { createPriceIncreases } from './price-increases.ts';
import { createRenter, type GoneAskStatus } from './rent.ts';
import type { FindTemplate } from './rent-request.ts';
import { createResults } from './results.ts';
import { contractRoutes } from './routes-contract.ts';
import { insideRoutes } from './routes-inside.ts';
import { listingRoutes } from './routes-listing.ts';
import { rentRoutes } from './routes-rent.ts';
import { sshRoutes } from './routes-ssh.ts';
import { stateRoutes } from './routes-state.ts';
import { scheduleRoutes } from './schedule.ts';
import { truthOf } from './truth.ts';

export interface InstancesDeps {
  readonly service: Service;
  readonly billing: Billing;
  readonly world: World;
  readonly log: Log;
  readonly findTemplate: FindTemplate;
  /** Ids of offers by a search body, best first. Throws ApiError. */
  readonly findOffers: (query: unknown, nowMs: number) => readonly number[];
  /** Left out, instances have no inside: their states go by the clock alone. */
  readonly makeContainer?: MakeContainer | undefined;
  /** Moves files; without one, copies only take their time and cost. */
  readonly carrier?: Carrier | undefined;
  /** For every `no_such_ask`; left out, 404 for offers that never were and 410 for those that were taken. */
  readonly goneAskStatus?: GoneAskStatus | undefined;
}

export interface Instances {
  readonly routes: readonly Route[];
  /** By id, also when it was destroyed. */
  byId(id: number): Instance | undefined;
  /** Those that are there. */
  of(account: Account): readonly Instance[];
  /** Those whose contract is with this machine, whether they hold GPUs or not; by its index in the world. */
  on(machineIndex: number): readonly Instance[];
  /** Every one that ever was, in the order of their creation. */
  all(): readonly Instance[];
  readonly lifecycle: Lifecycle;
  /** What a host may see and do of the contracts on its machines. */
  readonly contracts: Contracts;
  truth(): readonly InstanceTruth[];
  /** Destroys all containers; resolves when none of their processes runs. */
  close(): Promise<void>;
}

export function createInstances(deps: InstancesDeps): Instances {
  const { service, billing, world, log } = deps;
  const insides = createInsides({
    make: deps.makeContainer,
    log,
    exited: (instance, why) => lifecycle.exited(instance, service.nowMs(), why),
  });
  const fleet: Fleet = createFleet({
    service,
    billing,
    world,
    insides,
    images: createImageCache(service.dice),
  });
  const misfortunes = createMisfortunes(fleet);
  const lifecycle = createLifecycle(fleet, misfortunes);
  const renter = createRenter({
    fleet,
    lifecycle,
    goneAskStatus: deps.goneAskStatus,
    rented: misfortunes.rented,
  });
  const rows = createInstanceRows(fleet);
  const results = createResults(service);
  const copies = createCopyRuns(fleet, deps.carrier);
  const priceIncreases = createPriceIncreases(fleet, lifecycle);

  billing.onExhausted((account, atMs) => {
    for (const instance of instancesOf(fleet, account)) lifecycle.stop(instance, atMs, 'credit');
  });
  billing.onGraceOver((account, atMs) => {
    for (const instance of instancesOf(fleet, account)) lifecycle.destroy(instance, atMs, 'grace');
  });

  return {
    routes: [
      ...rentRoutes({ renter, findTemplate: deps.findTemplate, findOffers: deps.findOffers }),
      // Before the routes with an id in their place.
      ...priceIncreases.routes,
      ...listingRoutes(fleet, rows),
      ...stateRoutes(fleet, lifecycle),
      ...contractRoutes(fleet, lifecycle),
      ...insideRoutes({ fleet, rows, results, findTemplate: deps.findTemplate }),
      ...sshRoutes(fleet),
      ...copyRoutes(fleet, results, copies),
      ...scheduleRoutes(fleet, lifecycle),
      ...results.routes,
    ],
    byId: (id) => fleet.all.get(id),
    of: (account) => instancesOf(fleet, account),
    on: (machineIndex) => instancesOn(fleet, machineIndex),
    all: () => [...fleet.all.values()],
    lifecycle,
    contracts: {
      on: ({ index }) => [...instancesOn(fleet, index)].sort((a, b) => a.id - b.id),
      extend: (instance, endMs, atMs) => lifecycle.moveEnd(instance, endMs, atMs),
      offerPriceIncrease: priceIncreases.offer,
      destroy: (instance, reason, atMs) => lifecycle.destroy(instance, atMs, reason),
      setVolumes: (volumes) => {
        fleet.volumes = volumes;
      },
      cloneVolume: (source, target, atMs) => {
        const [from, to] = [volumeSite(fleet, source), volumeSite(fleet, target)];
        return copies.begin({ from, to, fromPath: '/', toPath: '/' }, atMs);
      },
      mounting: (volume, nowMs) => mountersOf(fleet, volume, nowMs),
      makeJob: (start, atMs) => makeJobInstance(fleet, start, atMs),
      changeJob: (...args) => changeJob(fleet, ...args),
    },
    truth: () => [...fleet.all.values()].map(truthOf),
    close: () => insides.close(),
  };
}
