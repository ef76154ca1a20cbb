// `vastdeck sim`: a simulated Vast.ai API on loopback, for our own tests and for everybody who writes against
// the service.
import { freshSeed } from '../../../base/std/index.ts';
import { createSim, FAULTS, type FaultPlan, loadReplay } from '../../../sim/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readInteger } from '../flags.ts';

export async function sim(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock, log } = context;
  const seed = typeof flags.seed === 'string' ? flags.seed : freshSeed();
  const perMinute = readInteger('--searches-per-minute', flags.searchesPerMinute, { example: 10 });
  const caps = readCaps(flags.cap);
  const replay = typeof flags.replay === 'string' ? await loadReplay(flags.replay) : undefined;
  const simulator = createSim({
    seed,
    clock,
    log,
    offers: readInteger('--offers', flags.offers, { min: 1, max: 100_000, example: 10_000 }),
    searchesPerMinute: perMinute === 0 ? Number.POSITIVE_INFINITY : perMinute,
    faults: readFaults(flags.fault),
    ...(caps ? { cap: caps } : {}),
    ...(replay ? { replay } : {}),
  });
  const server = await simulator.serve({
    port: readInteger('--port', flags.port, { max: 65_535, example: 8_080 }),
  });
  const { url, apiKey, controlUrl, controlToken } = server;
  terminal.out(`${JSON.stringify({ url, apiKey, controlUrl, controlToken, pid: terminal.pid })}\n`);
  log.info('simulated market is ready', { seed, url, ...(replay ? { replay: replay.name } : {}) });
  try {
    await untilInterrupted(terminal.interrupted);
  } finally {
    await server.stop();
    const fired = Object.entries(simulator.faultCounts()).filter(([, count]) => count > 0);
    log.info('simulated market has ended', { seed, faults: Object.fromEntries(fired) });
  }
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function readCaps(flag: unknown): number[] | undefined {
  if (typeof flag !== 'string') return undefined;
  return flag.split(',').map((part) => readInteger('--cap', part, { min: 1, example: 64 }));
}

function readFaults(flag: unknown): FaultPlan {
  const plan: Record<string, number> = {};
  for (const text of Array.isArray(flag) ? (flag as string[]) : []) {
    const [name, probability] = text.split('=');
    if (!FAULTS.some((known) => known === name)) {
      throw new UsageError(`--fault ${text}: "${name}" is not a fault; they are ${FAULTS.join(', ')}`);
    }
    const value = probability?.trim() ? Number(probability) : Number.NaN;
    if (!(value >= 0 && value <= 1)) {
      throw new UsageError(
        `--fault ${text} has no probability from 0 to 1; write it like --fault ${name}=0.05`,
      );
    }
    plan[name as string] = value;
  }
  return plan;
}
