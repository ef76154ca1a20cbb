// Our client as a renter in a simulated market, at the service's own pace, with the truth beside it.
import { createVastClient, type VastClient, type VastClientOptions } from 'vastdeck/vast';
import { createLog, createRandom, type LogLine, Secret } from '../../../src/base/std/index.ts';
import type { SimOptions } from '../../../src/sim/index.ts';
import { aRenter, type Renter } from '../../sim/instances/a-renter.ts';
import { failureOf, settle } from './scripted-service.ts';

export interface Tenant extends Renter {
  readonly client: VastClient;
  readonly lines: readonly LogLine[];
  /** Steps the clock until the call is answered. */
  readonly done: <T>(promise: Promise<T>) => Promise<T>;
  /** What it rejects with. */
  readonly failed: (promise: Promise<unknown>) => Promise<Error>;
  /** Rents with our client on demand, with a label, and waits until it runs. */
  readonly running: (label?: string) => Promise<number>;
  /** A client with another key, on the same clock. */
  readonly clientOf: (apiKey: string, options?: Partial<VastClientOptions>) => VastClient;
  /** What was noted of the account since the start, by name. */
  readonly accountLog: () => readonly string[];
}

export function aTenant(
  options: Partial<SimOptions> = {},
  clientOptions: Partial<VastClientOptions> = {},
): Tenant {
  const renter = aRenter({ intervalFactor: 1, ...options });
  const { sim, clock } = renter;
  const lines: LogLine[] = [];
  const log = createLog({ clock, level: 'info', write: (line) => lines.push(line) });
  const clientOf: Tenant['clientOf'] = (apiKey, more = {}) =>
    createVastClient({
      apiKey: new Secret(apiKey),
      fetch: sim.fetch,
      clock,
      random: createRandom(1),
      log,
      ...clientOptions,
      ...more,
    });
  const client = clientOf(sim.apiKey);
  const done: Tenant['done'] = (promise) => settle(clock, promise);
  return {
    ...renter,
    client,
    clientOf,
    lines,
    done,
    failed: (promise) => failureOf(clock, promise),
    async running(label = 'a label') {
      const offer = await renter.anOffer();
      const { instanceId } = await done(
        client.instances.create(offer.id, { image: 'pytorch/pytorch:latest', diskGb: 20, label }),
      );
      await renter.until(instanceId, ({ actual }) => actual === 'running');
      return instanceId;
    },
    accountLog: () =>
      sim.truth
        .log()
        .filter(({ noun }) => noun === 'account')
        .map(({ what }) => what),
  };
}
