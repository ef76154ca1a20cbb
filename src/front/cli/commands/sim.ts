// `vastdeck sim`: a simulated Vast.ai on loopback, for our own tests and for everybody who writes against the service.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freshSeed, makeFolder, PacedClock } from '../../../base/std/index.ts';
import {
  createSim,
  type Inside,
  loadReplay,
  parseScenario,
  type ReplaySource,
  realInside,
  type Scenario,
  ScenarioError,
  type Sim,
  type SimServer,
} from '../../../sim/index.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Flags, readText } from '../flags.ts';
import { readSimFlags, type SimFlags } from '../sim-flags.ts';
import { keepTruth } from '../truth-file.ts';

export async function sim(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock, log } = context;
  const settings = readSimFlags(flags);
  const scenario = readScenario(context, flags);
  const replay = await readReplay(context, flags);
  const seed = settings.seed ?? scenario?.seed ?? freshSeed();
  const stateDir = settings.state === undefined ? undefined : resolve(terminal.cwd, settings.state);
  if (stateDir !== undefined) makeStateFolder(stateDir);
  const inside = replay || !settings.hasMachines ? undefined : await openInside(context, settings, stateDir);
  const plan = { ...scenario?.faults, ...settings.faults };
  let simulator: Sim | undefined;
  let server: SimServer | undefined;
  let endTruth: (() => void) | undefined;
  try {
    const size = settings.offers ?? settings.hosts;
    simulator = createSim(
      {
        seed,
        // Paced, so that the control port can put it forward.
        clock: new PacedClock({
          base: clock,
          speed: settings.speed ?? scenario?.speed ?? 1,
          ...(scenario?.startMs !== undefined && { startMs: scenario.startMs }),
        }),
        log,
        ...(size === undefined && scenario?.offers !== undefined && { offers: scenario.offers }),
        ...defined({
          offers: settings.offers,
          hosts: settings.hosts,
          searchesPerMinute: settings.searchesPerMinute ?? scenario?.searchesPerMinute,
          cap: settings.cap ?? scenario?.cap,
          credit: settings.credit ?? scenario?.credit,
          account: settings.account,
          intervalFactor: scenario?.intervalFactor,
        }),
        faults: plan,
        events: scenario?.events ?? [],
        webhooks: { fetch: globalThis.fetch, allowsLoopback: true },
        ...(replay && { replay }),
      },
      inside,
    );
    endTruth = stateDir === undefined ? undefined : keepTruth(join(stateDir, 'truth.jsonl'), simulator, log);
    server = await simulator.serve({
      port: settings.port,
      host: settings.host,
      isOpenToOthers: settings.isOpenToOthers,
    });
    const { url, apiKey, hostApiKey, controlUrl, controlToken } = server;
    const ready = { url, apiKey, hostApiKey, controlUrl, controlToken, pid: terminal.pid };
    terminal.out(`${JSON.stringify(ready)}\n`);
    log.info('simulated market is ready', {
      seed,
      url,
      ...(scenario && { scenario: scenario.name }),
      ...(replay && { replay: replay.name, polls: replay.polls.length }),
    });
    await untilInterrupted(terminal.interrupted);
  } finally {
    await server?.stop();
    // Everything inside instances ends with the simulation; where none came about, the machines' room is empty.
    await (simulator ?? inside)?.close?.();
    endTruth?.();
    if (server && simulator) report(context, simulator, { seed, planned: plannedFaults(plan, scenario) });
  }
}

/** In a folder of their own, which is removed at the end where nobody named one. */
async function openInside(
  { clock, log }: Context,
  { host, password }: SimFlags,
  stateDir: string | undefined,
): Promise<Inside> {
  const options = { clock, log, host, ...(password !== undefined && { password }) };
  if (stateDir !== undefined) return await realInside({ ...options, dir: join(stateDir, 'machines') });
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-sim-'));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  try {
    const inside = await realInside({ ...options, dir });
    return {
      ...inside,
      close: async () => {
        await inside.close?.();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function report(
  { log }: Context,
  simulator: Sim,
  { seed, planned }: { readonly seed: string; readonly planned: readonly string[] },
): void {
  const counts: Readonly<Record<string, number>> = simulator.faultCounts();
  const fired = Object.entries(counts).filter(([, count]) => count > 0);
  log.info('simulated market has ended', { seed, faults: Object.fromEntries(fired) });
  const silent = planned.filter((name) => counts[name] === 0);
  if (silent.length > 0) log.warn('planned faults that never fired', { faults: silent.join(', ') });
}

function plannedFaults(plan: Scenario['faults'], scenario: Scenario | undefined): readonly string[] {
  const likely = Object.entries(plan).filter(
    ([, entry]) => (typeof entry === 'number' ? entry : entry.probability) > 0,
  );
  const ordered = (scenario?.events ?? []).map(({ fault }) => fault);
  return [...new Set([...likely.map(([name]) => name), ...ordered])];
}

function readScenario({ terminal }: Context, flags: Flags): Scenario | undefined {
  const given = readText(flags.scenario);
  if (given === undefined) return undefined;
  const path = resolve(terminal.cwd, given);
  if (!existsSync(path)) {
    throw new NotFoundError(`There is no file ${path}; give a scenario, like those in examples/sim`);
  }
  try {
    return parseScenario(readFileSync(path, 'utf8'), given);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(error.message);
    throw error;
  }
}

async function readReplay({ terminal, log }: Context, flags: Flags): Promise<ReplaySource | undefined> {
  const given = readText(flags.replay);
  if (given === undefined) return undefined;
  const path = resolve(terminal.cwd, given);
  if (!existsSync(path)) {
    throw new NotFoundError(
      `There is nothing at ${path}; give recorded answers: JSON, .json.gz, JSONL, or a folder of them`,
    );
  }
  const replay = await loadReplay(path);
  for (const warning of replay.warnings) log.warn(`recording: ${warning}`);
  return replay;
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Without the entries that are undefined: an option that is left out is not one that is undefined. */
function defined<T extends object>(given: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function makeStateFolder(dir: string): void {
  try {
    makeFolder(dir);
  } catch (error) {
    throw new Error(
      `The state folder ${dir} cannot be made: ${(error as Error).message}; give another one with --state`,
      { cause: error },
    );
  }
}
