// The parts of the simulated service, each given what it stands on, and the one table of their routes.
import { DAY_MS, type Log, silentLog } from '../base/std/index.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { createAccounts } from './accounts/accounts.ts';
import { templateFinder } from './accounts/templates/rent-template.ts';
import { createTemplates } from './accounts/templates/templates.ts';
import { type Agenda, createAgenda } from './agenda.ts';
import { createRateLimit } from './api/rate-limit.ts';
import type { Route } from './api/route.ts';
import type { Billing } from './billing/billing.ts';
import { createBilling } from './billing/create-billing.ts';
import { createDice } from './dice.ts';
import { createFaults, type Faults } from './faults/faults.ts';
import { openFirstAccount, openHostAccount } from './first-accounts.ts';
import { chooseHost, createHosts, type HostDeps, type Hosts, hostRoutes } from './hosts/index.ts';
import type { Inside } from './inside.ts';
import { createInstances, type Instances } from './instances/index.ts';
import type { Market } from './market/market.ts';
import { offersOf } from './market/market-size.ts';
import { createMetrics } from './market/metrics.ts';
import { metricsRoutes } from './market/metrics-routes.ts';
import { createSimulatedMarket, type SimulatedMarket } from './market/simulated-market.ts';
import { createReplayMarket } from './replay/replay-market.ts';
import { findOffers } from './search/find-offers.ts';
import { searchRoutes } from './search/search-routes.ts';
import type { Service } from './service.ts';
import { createSimulationTime, type SimulationTime } from './simulation-time.ts';
import { createTruthLog } from './truth-log.ts';
import type { SimOptions } from './types.ts';
import { createVolumes, volumeRoutes } from './volumes/index.ts';

/** Searches allowed in any 60 s when nobody says otherwise. */
export const DEFAULT_SEARCHES_PER_MINUTE = 10;
const DEFAULT_CREDIT = 100;

export interface Assembly {
  readonly time: SimulationTime;
  readonly service: Service;
  readonly faults: Faults;
  readonly market: Market;
  readonly billing: Billing;
  /** These three are undefined in a replay, which has no machines. */
  readonly simulated: SimulatedMarket | undefined;
  readonly hosts: Hosts | undefined;
  readonly instances: Instances | undefined;
  readonly routes: readonly Route[];
  readonly apiKey: string;
  readonly hostApiKey: string | undefined;
}

/**
 * `planned` is told of everything that the service plans. Throws RangeError for a size, cap or fault plan that makes no
 * sense.
 */
export function assemble(
  options: SimOptions,
  inside: Inside | undefined,
  planned: (atMs: number) => void,
): Assembly {
  const { clock, log = silentLog, replay, offers, hosts: wantedHosts, credit = DEFAULT_CREDIT } = options;
  const seed = String(options.seed);
  const time = createSimulationTime(clock);
  const { startMs } = time;
  const dice = createDice(seed);
  const simulated = replay
    ? undefined
    : createSimulatedMarket({
        dice,
        startMs,
        offers: offersOf({ offers, hosts: wantedHosts }, dice, startMs),
      });
  const market: Market = replay ? createReplayMarket(replay) : (simulated as SimulatedMarket);
  const world = simulated?.world;
  const faults = createFaults({ dice, plan: options.faults ?? {}, atMs: () => time.nowMs() - startMs });
  const service: Service = {
    dice,
    agenda: tellingAgenda(planned),
    accounts: createAccounts(seed),
    truthLog: createTruthLog(),
    faults: faults.world,
    startMs,
    nowMs: time.nowMs,
  };
  planFaults(options, service, faults);
  const billing = createBilling({ ...service, world });
  const host = world && chooseHost(world, options.hostId);
  const apiKey = openFirstAccount(service, options, host);
  const hostApiKey = host && openHostAccount(service, host);
  const hosts = world && createHosts(service, world);
  for (const account of service.accounts.all()) hosts?.adopt(account, startMs);
  const [first] = service.accounts.all();
  if (first && credit !== 0) billing.pay(first, credit, 'deposit', startMs, 'Start credit');
  const templates = createTemplates(startMs);
  const defaults = options.searchDefaults ?? 'none';
  const instances =
    world &&
    createInstances({
      service,
      billing,
      world,
      log,
      findTemplate: templateFinder(templates),
      findOffers: (query, atMs) => findOffers({ market, dice, defaults }, query, atMs),
      makeContainer: inside?.makeContainer,
      carrier: inside?.carrier,
      goneAskStatus: options.goneAskStatus,
    });
  const routes: readonly Route[] = [
    ...searchRoutes({
      market,
      dice,
      limit: createRateLimit(options.searchesPerMinute ?? DEFAULT_SEARCHES_PER_MINUTE),
      defaults,
      capAt: capByDay(options, startMs),
    }),
    ...metricsRoutes({
      metrics: world && createMetrics(world),
      openTo: options.account === undefined ? 'anybody' : 'hosts',
    }),
    ...accountRoutes({ service, billing, seed, templates, instances, world, webhooks: options.webhooks }),
    ...billing.routes,
    ...(instances?.routes ?? []),
    ...(hosts && instances
      ? ownerRoutes({ service, hosts, billing, contracts: instances.contracts }, (volumeId) =>
          removeVolume(inside, volumeId, log),
        )
      : []),
  ];
  return {
    time,
    service,
    faults,
    market,
    billing,
    simulated,
    hosts,
    instances,
    routes,
    apiKey,
    hostApiKey,
  };
}

function tellingAgenda(planned: (atMs: number) => void): Agenda {
  const agenda = createAgenda();
  return {
    ...agenda,
    plan: (atMs, act) => {
      const entry = agenda.plan(atMs, act);
      planned(atMs);
      return entry;
    },
  };
}

function planFaults({ events = [] }: SimOptions, { agenda, startMs }: Service, faults: Faults): void {
  for (const { atMs, fault, times, route, id } of events) {
    const order = { times, ...(route && { route }), ...(id !== undefined && { id }) };
    agenda.plan(startMs + atMs, () => faults.fail(fault, order));
  }
}

/** Which cap holds when: one a day in turn. */
function capByDay({ cap = Number.POSITIVE_INFINITY }: SimOptions, startMs: number): (atMs: number) => number {
  const caps = typeof cap === 'number' ? [cap] : cap;
  if (caps.length === 0 || caps.some((rows) => !(rows >= 1))) {
    throw new RangeError(`The cap is ${JSON.stringify(cap)}; it must be 1 row or more, or a list of such`);
  }
  return (atMs) => {
    const day = Math.floor(atMs / DAY_MS) - Math.floor(startMs / DAY_MS);
    return caps[Math.max(0, day) % caps.length] as number;
  };
}

function removeVolume(inside: Inside | undefined, volumeId: number, log: Log): void {
  Promise.resolve(inside?.carrier?.removeVolume(volumeId)).catch((error: unknown) =>
    log.warn('a volume could not be removed', { volume: volumeId, error: String(error) }),
  );
}

/** What hosts do, and the volumes that are cut from their disks. */
function ownerRoutes(
  parts: Omit<HostDeps, 'volumes'>,
  removed: (volumeId: number) => void,
): readonly Route[] {
  const { service, hosts, billing, contracts } = parts;
  const volumes = createVolumes({ service, billing, world: hosts.world, removed });
  return [
    ...hostRoutes({ ...parts, volumes }),
    ...volumeRoutes({ volumes, hosts, contracts, dice: service.dice }),
  ];
}
