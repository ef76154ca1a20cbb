// The monitor of one account on top of what rents: construction, the way into machines, and alerts.
import type { Clock, Log, Random, Secret } from '../../base/std/index.ts';
import {
  TRAINING_EVENTS,
  type TrainingEvent,
  type TrainingFigures,
  trainingAlert,
} from '../../net/notify/index.ts';
import { createMachinePool } from '../../rent/jobs/index.ts';
import {
  connectInTurn,
  createMonitor,
  type Monitor,
  type MonitorOptions,
  type RunEvent,
  type RunView,
} from '../../rent/monitor/index.ts';
import type { ShellPool } from '../../rent/remote/index.ts';
import { type ConnectInstance, createInstanceConnector, noteCredit } from '../../rent/rental/index.ts';
import type { Renting } from './renting.ts';

export interface MonitoringOptions
  extends Pick<
    MonitorOptions,
    | 'accountName'
    | 'containerEveryMs'
    | 'idleIntervalMs'
    | 'intervalMs'
    | 'isSimulated'
    | 'jobs'
    | 'logGlob'
    | 'onRound'
    | 'rules'
    | 'select'
    | 'training'
  > {
  /** `none` asks nothing of machines themselves. */
  readonly entering: 'ssh' | 'none';
  /** The person's own keys without a passphrase, as `~/.ssh` has them; few, since a server allows about six tries. */
  readonly personalKeys?: readonly Secret[];
  /** Socket of the person's SSH agent. */
  readonly agent?: string;
  /** Connections that others in this process have too; default a pool of its own. */
  readonly pool?: ShellPool<number>;
  /** `send` hands what happens to runs to the account's alerts; `none` leaves that to another process. Default `none`. */
  readonly alerts?: 'send' | 'none';
  /** In which times of day are told. Default UTC. */
  readonly timeZone?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Monitoring extends AsyncDisposable {
  readonly monitor: Monitor;
  /** Puts our own key on an instance that takes none of the person's; nothing does so without being asked. */
  attachKey(instanceId: number): Promise<void>;
}

/** Nothing is asked before `monitor.run` or `monitor.refresh`. */
export function openMonitor(renting: Renting, options: MonitoringOptions): Monitoring {
  const { store, client, watcher, records, ledger, install, memory, outbox } = renting;
  const { account } = renting.account;
  const { clock, log, entering, alerts = 'none', timeZone } = options;
  const random = options.random.fork('monitor');
  const connect = connectInTurn([...personalWays(renting, options), renting.connect]);
  const own =
    entering === 'ssh' && !options.pool
      ? createMachinePool({ watcher, connect, clock, random, log })
      : undefined;
  const pool = entering === 'ssh' ? (options.pool ?? own) : undefined;
  const monitor = createMonitor({
    ...options,
    account,
    store,
    watcher,
    client,
    rentals: records,
    install,
    ledger,
    memory,
    ...(pool && { pool }),
    ...(alerts === 'send' && {
      onAlert: async (event, run) => {
        const alert = alertOf(event, run, timeZone);
        if (alert) await outbox.enqueue(alert);
      },
    }),
    askCredit: async (signal) => {
      const { creditUsd } = await client.users.current({ signal });
      if (creditUsd !== null) await noteCredit({ store, account, creditUsd, atMs: clock.now() });
    },
    clock,
    random,
    log,
  });
  return {
    monitor,
    async attachKey(instanceId) {
      await attachOwnKey(renting, instanceId);
      await pool?.forget(instanceId);
    },
    [Symbol.asyncDispose]: async () => {
      await own?.close();
    },
  };
}

/** For whoever watches through another process, which tries again by itself. */
export async function attachOwnKey(
  { client, sshKey }: Pick<Renting, 'client' | 'sshKey'>,
  instanceId: number,
): Promise<void> {
  await client.instances.sshKeys.attach(instanceId, sshKey.publicKey);
}

/**
 * The connections that jobs and a monitor of one process share: our own key first, since most machines are ours, then the
 * person's.
 */
export function openMachinePool(
  renting: Renting,
  options: PersonalWays & Pick<MonitoringOptions, 'clock' | 'random' | 'log'>,
): ShellPool<number> {
  const connect = connectInTurn([renting.connect, ...personalWays(renting, options)]);
  return createMachinePool({ ...options, watcher: renting.watcher, connect });
}

type PersonalWays = Pick<MonitoringOptions, 'personalKeys' | 'agent'>;

/** None where the person has neither keys nor an agent. */
function personalWays(
  { store, account: { account } }: Renting,
  { personalKeys = [], agent, clock, log }: PersonalWays & Pick<MonitoringOptions, 'clock' | 'log'>,
): readonly ConnectInstance[] {
  if (personalKeys.length === 0 && agent === undefined) return [];
  const ways = {
    privateKeys: personalKeys,
    ...(agent !== undefined && { agent }),
    store,
    account,
    clock,
    log,
  };
  return [createInstanceConnector(ways)];
}

function alertOf(event: RunEvent, run: RunView, timeZone: string | undefined) {
  const kind = TRAINING_EVENTS.find((each): each is TrainingEvent => each === event.kind);
  if (!kind) return undefined;
  return trainingAlert(kind, figuresOf(event, run), {
    atMs: event.atMs,
    ...(timeZone !== undefined && { timeZone }),
  });
}

function figuresOf(event: RunEvent, run: RunView): TrainingFigures {
  const known = <T>(value: T | null): T | undefined => value ?? undefined;
  return {
    key: run.key,
    run: run.jobId ?? run.key,
    ref: run.name,
    gpu: run.gpuName === null ? undefined : `${run.gpuCount ?? 1}x ${run.gpuName}`,
    instanceId: known(run.instanceId),
    attempt: run.attempts,
    epoch: known(run.epoch),
    totalEpochs: known(run.totalEpochs),
    step: known(run.step),
    totalSteps: known(run.totalSteps),
    loss: known(run.loss),
    sinceMs: run.health.sinceMs,
    reason: event.sentence,
    usdPerHour: known(run.pricePerHour),
    wastedUsdPerHour: run.wastePerHour ?? 0,
    spentUsd: known(run.spentUsd),
    remainingMs: run.etaS === null ? undefined : run.etaS.likely * 1_000,
  };
}
