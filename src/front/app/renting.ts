// Everything that rents, put together for one account: construction and nothing else.
import { join } from 'node:path';
import { createEffects } from '../../base/ledger/index.ts';
import { type Clock, HOUR_MS, type Log, type Random, type Secret } from '../../base/std/index.ts';
import { type Alert, createOutbox, type NotifyOptions, type Outbox } from '../../net/notify/index.ts';
import type { KeyPair } from '../../net/ssh/index.ts';
import type { VastClient } from '../../net/vast/index.ts';
import type { OpenSshAccess } from '../../rent/remote/index.ts';
import {
  type Account,
  type AccountWatcher,
  accountOf,
  type Booter,
  bootObservation,
  type ConnectInstance,
  createAccountTeller,
  createAccountWatcher,
  createBooter,
  createEnder,
  createHostMemory,
  createRentalController,
  createRenter,
  deadManScript,
  type Ender,
  type EndingPolicy,
  enterInstance,
  type HostMemory,
  type Install,
  onstartKeyLine,
  type RentalController,
  type Renter,
  saveDiagnostics,
  watchHosts,
} from '../../rent/rental/index.ts';
import { type Books, openBooks } from './books.ts';
import { openInstall } from './install.ts';
import { openSshKey } from './ssh-key.ts';
import { openVastSession, type VastSessionOptions } from './vast-session.ts';

/** After its work has ended an instance waits so long for somebody to collect what it made. */
const GRACE_MS = HOUR_MS;

export interface Renting extends Books, RentingParts {
  readonly account: Account;
  readonly install: Install;
  readonly client: VastClient;
  readonly connect: ConnectInstance;
  /** What OpenSSH's programs need of an instance that was entered; undefined for another. */
  readonly openSsh: (instanceId: number) => OpenSshAccess | undefined;
  readonly outbox: Outbox;
  readonly sshKey: KeyPair;
}

export interface RentingOptions extends VastSessionOptions {
  readonly apiKey: Secret;
  /** Where the install's name, its SSH key and diagnostics are. */
  readonly home: string;
  readonly notify: NotifyOptions;
}

/** Asks the service which account the key opens, once for each key. */
export async function openRenting(options: RentingOptions): Promise<Renting> {
  const { home, clock, random, log, apiKey } = options;
  await using opened = new AsyncDisposableStack();
  const books = opened.use(await openBooks(options));
  const { client } = opened.use(await openVastSession(options));
  const { store } = books;
  const install = openInstall(home, random);
  const sshKey = openSshKey(home);
  const account = await accountOf({ store, client, install, apiKey });
  const outbox = createOutbox({
    store,
    fetch: globalThis.fetch,
    random: random.fork('outbox'),
    log,
    options: options.notify,
  });
  const privateKeys = [sshKey.privateKey];
  const ways = { privateKeys, store, account: account.account, clock, log };
  const entered = new Map<number, OpenSshAccess>();
  const connect: ConnectInstance = async (instance, asked) => {
    const { shell, address, hostKey } = await enterInstance(ways, instance, asked);
    entered.set(instance.id, { ...address, username: 'root', privateKeys, hostKey });
    return shell;
  };
  const parts = assembleRenting({
    ...books,
    account: account.account,
    install,
    client,
    connect,
    alert: (alert) => outbox.enqueue(alert),
    deliver: (signal) => outbox.deliver(signal),
    diagnosticsFolder: join(home, 'diagnostics'),
    clock,
    random,
    log,
  });
  const kept = opened.move();
  return {
    ...books,
    ...parts,
    account,
    install,
    client,
    connect,
    openSsh: (instanceId) => entered.get(instanceId),
    outbox,
    sshKey,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export interface RentingParts {
  readonly watcher: AccountWatcher;
  readonly renter: Renter;
  readonly booter: Booter;
  readonly ender: Ender;
  readonly controller: RentalController;
  readonly memory: HostMemory;
}

export interface RentingPartsOptions extends Omit<Books, typeof Symbol.asyncDispose> {
  readonly account: string;
  readonly install: Install;
  readonly client: VastClient;
  readonly connect: ConnectInstance;
  readonly alert: (alert: Alert) => Promise<unknown>;
  /** Sends the alerts that are due, after every round; default nobody does. */
  readonly deliver?: (signal?: AbortSignal) => Promise<unknown>;
  /** Where what failed starts leave behind is kept; nowhere without it. */
  readonly diagnosticsFolder?: string;
  /** How long things take at the end of a rental; default the ending's own. */
  readonly policy?: Partial<EndingPolicy>;
  /** Between two looks of the switch on the instance; default 30,000. */
  readonly lookMs?: number;
  /** The controller looks at everything at least this often; default 30,000. */
  readonly roundMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The parts that rent, on whatever store, network and clock. */
export function assembleRenting(options: RentingPartsOptions): RentingParts {
  const { client, connect, store, clock, log, diagnosticsFolder } = options;
  const watcher = createAccountWatcher(options);
  const booter = createBooter({ client, connect, store, clock, log });
  const { effect } = createEffects({ store, log });
  const ender = createEnder({ ...options, watcher, effect });
  const renter = createRenter({
    ...options,
    watcher,
    onstartOf: ({ launch, prepaidUntilMs }) =>
      [
        onstartKeyLine(launch.sshPublicKey),
        deadManScript({
          prepaidUntilMs,
          graceMs: GRACE_MS,
          baseUrl: client.baseUrl,
          ...(launch.idleMs !== undefined && { idleMs: launch.idleMs }),
          ...(options.lookMs !== undefined && { lookMs: options.lookMs }),
        }),
      ].join('\n'),
  });
  const memory = createHostMemory({ store, clock });
  const hosts = watchHosts({ store });
  const tellAccount = createAccountTeller(options);
  const controller = createRentalController({
    ...options,
    watcher,
    booter,
    ender,
    onBoot: async (rental, end) => {
      const blame = end.kind === 'failed' ? end.blame : 'nobody';
      const learned = bootObservation({ rental, figures: end.figures, blame, atMs: clock.now() });
      if (learned) await memory.record(learned);
    },
    afterRound: async (signal) => {
      await hosts.step();
      await tellAccount();
      await options.deliver?.(signal);
    },
    ...(diagnosticsFolder !== undefined && {
      saveDiagnostics: async (_rental, instance) => {
        await saveDiagnostics({ client, instance, connect, folder: diagnosticsFolder, clock, log });
      },
    }),
  });
  return { watcher, renter, booter, ender, controller, memory };
}
