// `vastdeck/connector`: the older connector's verbs, put together for one key and one home.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type Clock,
  createRandom,
  freshSeed,
  type Log,
  makeFolder,
  Secret,
  silentLog,
  systemClock,
} from '../../base/std/index.ts';
import { notifyOptionsSchema } from '../../net/notify/index.ts';
import { DEFAULT_BASE_URL, type Pace } from '../../net/vast/index.ts';
import { type Connector, createConnector, type SshAccess } from '../../rent/jobs/index.ts';
import { createInstanceConnector } from '../../rent/rental/index.ts';
import { openJobs } from './jobs.ts';
import { openRenting } from './renting.ts';

export {
  type CloudPrice,
  type ConnectionReport,
  type Connector,
  type GpuPricing,
  JobNameTakenError,
  type JobStatus,
  type JobView,
  ListingIncompleteError,
  type ListResourcesOptions,
  NoMachineError,
  NoSuchJobError,
  type OpenShell,
  type PriceSpread,
  type PricingOptions,
  type Resource,
  type StreamLogs,
  type SubmitTraining,
  type TrainingConfig,
  TrainingConfigError,
  type TrainingWish,
} from '../../rent/jobs/index.ts';
export { AdapterNotFoundError } from '../../rent/remote/index.ts';

export interface ConnectOptions {
  readonly apiKey: string | Secret;
  /** Default `VAST_BASE_URL` of `env`, else the live service. */
  readonly baseUrl?: string;
  /**
   * Where everything lies that must outlive this process: the records, the key to the machines, logs and results. Default
   * where the command line has it, so that `vastdeck job list` shows the same jobs.
   */
  readonly home?: string;
  /** Default `state.db` below `home`; or a `postgres://` URL. */
  readonly stateUrl?: string;
  /** What relative paths of configurations begin at; default the working folder. */
  readonly folder?: string;
  /**
   * Variables: those that jobs take along by name, `RUNPOD_API_KEY` and `LAMBDA_API_KEY` for their prices, and where home
   * is. Usually `process.env`; default none.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A further way into machines, for `openShell`. Its key is text in OpenSSH's format. */
  readonly ssh?: { readonly privateKey?: string | Secret; readonly password?: string | Secret };
  /** Default the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** Default `published` for the live service, and `learned` for an address of this machine. */
  readonly pace?: Pace;
  /** For one question to the service; default 60,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** Default says nothing. */
  readonly log?: Log;
}

export interface Connection extends Connector, AsyncDisposable {
  /** Lets go of everything here. Jobs go on on their machines; the next connection with this home sees to them. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Asks the service which account the key opens, once for each key, and goes on with the jobs of this home that nobody
 * sees to. Rejects with UnauthorizedError, the other errors of the client, and those of a home that cannot be used.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { env = {}, clock = systemClock(), log = silentLog, fetch = globalThis.fetch } = options;
  const home = resolve(options.home ?? homeOf(env));
  const baseUrl = options.baseUrl ?? (env.VAST_BASE_URL || DEFAULT_BASE_URL);
  if (!URL.canParse(baseUrl)) {
    throw new RangeError(`baseUrl is "${baseUrl}"; it must be an address like ${DEFAULT_BASE_URL}`);
  }
  const random = createRandom(freshSeed());
  makeFolder(home);
  await using opened = new AsyncDisposableStack();
  const renting = opened.use(
    await openRenting({
      apiKey: secretOf(options.apiKey),
      baseUrl,
      stateUrl: options.stateUrl ?? join(home, 'state.db'),
      home,
      notify: notifyOptionsSchema.parse({}),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      fetch,
      pace: options.pace ?? (LOOPBACK.test(new URL(baseUrl).hostname) ? 'learned' : 'published'),
      priority: 'person',
      clock,
      random,
      log,
    }),
  );
  const { jobs, records } = opened.use(openJobs(renting, { home, env, clock, random, log }));
  const { account } = renting.account;
  const mine = accessOf(options.ssh);
  const driving = createConnector({
    account,
    jobs,
    records,
    client: renting.client,
    watcher: renting.watcher,
    tendRentals: (signal) => renting.controller.run(signal),
    clouds: {
      fetch,
      keys: { runpod: keyIn(env.RUNPOD_API_KEY), lambda: keyIn(env.LAMBDA_API_KEY) },
      clock,
    },
    enter: (instance, given, signal) => {
      const { privateKey, password } = { ...mine, ...given };
      const enter = createInstanceConnector({
        privateKeys: [renting.sshKey.privateKey, ...(privateKey ? [privateKey] : [])],
        ...(password && { password }),
        store: renting.store,
        account,
        clock,
        log,
      });
      return enter(instance, signal ? { signal } : {});
    },
    folder: resolve(options.folder ?? process.cwd()),
    trainingsFolder: join(home, 'trainings'),
    environment: env,
    clock,
    log,
  });
  opened.defer(() => driving.stop());
  await driving.goOn();
  const kept = opened.move();
  const close = () => kept.disposeAsync();
  return { ...driving.connector, close, [Symbol.asyncDispose]: close };
}

/** Programs in JavaScript may give nothing, which the service refuses with a sentence. */
function secretOf(text: string | Secret | undefined): Secret {
  return text instanceof Secret ? text : new Secret(text ?? '');
}

/** As the command line finds it. */
function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  const data = env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local', 'share');
  return env.VASTDECK_HOME || join(data, 'vastdeck');
}

function keyIn(value: string | undefined): Secret | undefined {
  return value ? new Secret(value) : undefined;
}

function accessOf({ privateKey, password }: NonNullable<ConnectOptions['ssh']> = {}): SshAccess {
  return {
    ...(privateKey && { privateKey: secretOf(privateKey) }),
    ...(password && { password: secretOf(password) }),
  };
}
