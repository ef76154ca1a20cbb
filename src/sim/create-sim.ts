// The simulator put together: a market, its API, its faults. In-process it is a fetch; `serve` puts the same
// function on a socket.
import { simAccounts } from './accounts/open-account.ts';
import { answerRequests } from './answer-requests.ts';
import { assemble } from './assemble.ts';
import type { Inside } from './inside.ts';
import { keepTime, type TimeKeeper } from './keep-time.ts';
import type { GpuLoad } from './machine/index.ts';
import { serveSim } from './server.ts';
import { simTruth } from './sim-truth.ts';
import type { Sim, SimOptions } from './types.ts';

/**
 * Without `inside` instances have none: their states go by the clock alone. Throws RangeError for a size, cap or fault
 * plan that makes no sense.
 */
export function createSim(options: SimOptions, inside?: Inside): Sim {
  const { clock } = options;
  let keeper: TimeKeeper | undefined;
  const assembly = assemble(options, inside, (atMs) => keeper?.planned(atMs));
  const { time, service, faults, market, billing, simulated, hosts, instances, apiKey, hostApiKey } =
    assembly;
  const step = () => time.step(market, service.agenda);
  const nextAtMs = () => service.agenda.nextAtMs();
  // Twins live on the clock: what is due in them cannot wait until somebody asks.
  if (inside?.shell) {
    keeper = keepTime({
      clock,
      step,
      nextAtMs,
      longestWaitMs: Number.POSITIVE_INFINITY,
      shortestWaitMs: 0,
    });
  }
  const handle = answerRequests(assembly, options, step);
  const truth = simTruth(assembly, step);
  const accounts = simAccounts({
    service,
    billing,
    hostIds: new Set(simulated?.world.hosts.map(({ hostId }) => hostId)),
    adopt: (account, atMs) => hosts?.adopt(account, atMs),
    step,
  });
  const mustKnow = (instanceId: number) => {
    if (!instances?.byId(instanceId)) throw new RangeError(`There is no instance ${instanceId}`);
  };
  const setGpuLoad = (instanceId: number, load: GpuLoad) => {
    mustKnow(instanceId);
    if (!inside?.loads) {
      throw new RangeError('Nobody sees the GPUs of these instances: the simulation has no real machines');
    }
    inside.loads.set(instanceId, load);
  };
  const control = {
    truth,
    faults,
    accounts,
    clock,
    step,
    setGpuLoad,
    startMs: time.startMs,
    nextAtMs,
  };

  return {
    seed: String(options.seed),
    apiKey,
    hostApiKey,
    routes: assembly.routes,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      return await handle(request, request.signal);
    },
    step,
    accounts,
    truth,
    setGpuLoad,
    shell: async (instanceId) => {
      step();
      mustKnow(instanceId);
      if (!inside?.shell) {
        throw new RangeError(
          'No shell leads into these instances; give createSim the inside that twinInside makes',
        );
      }
      return await inside.shell(instanceId);
    },
    fail: (fault, order) => faults.fail(fault, order),
    faultCounts: () => faults.counts(),
    serve: (serveOptions) => serveSim({ handle, apiKey, hostApiKey, control }, serveOptions ?? {}),
    close: async () => {
      keeper?.stop();
      await instances?.close();
      await inside?.close?.();
    },
  };
}
