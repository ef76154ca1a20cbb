// Gives instances of in-process worlds a twin: a machine in memory that lives on the world's clock. A twin is made when
// somebody first enters it, or when something is to run in it; an instance that nobody enters costs nothing.
import type { Clock } from '../base/std/index.ts';
import type { RemoteShell } from '../net/ssh/index.ts';
import { containerEnv } from './container-env.ts';
import type { Inside } from './inside.ts';
import type { Container, ContainerFault, Instance } from './instances/index.ts';
import type { Program, TwinFileSystem, TwinMachine } from './twin/index.ts';
import { createTwinCarrier, type TwinVolumes } from './twin-carrier.ts';

export interface TwinInsideOptions {
  /** The same as the simulation's. */
  readonly clock: Clock;
  /** Of the processes' own randomness. */
  readonly seed: string | number;
  /** Beside the usual ones, by name: what `python3` does, say. */
  readonly programs?: (instanceId: number) => Readonly<Record<string, Program>>;
  /** Between a call on a connection and what it does, on the world's clock; default 0. */
  readonly roundTripMs?: number;
}

type Parts = typeof import('./twin/index.ts') & typeof import('../net/ssh/index.ts');

/** A container with the ways into it. */
interface Twin extends Container {
  connect(): Promise<RemoteShell>;
  files(): TwinFileSystem;
}

/** How long a client waits for an answer that never comes, and one that comes late. */
const STUCK_MS = 20_000;
const SLOW_MS = 5_000;
/** A connection that is to break lasts so long. */
const RESET_AFTER_MS = 10_000;
const BYTES_PER_GB = 1e9;
const LOG_FILE = '/var/log/onstart.log';
const DISK_COMMANDS = /^(ls|rm|du)\b/;

/** Twins in every instance; `sim.shell` leads into them. */
export async function twinInside(options: TwinInsideOptions): Promise<Inside> {
  // Loaded before the world begins: in a stepped world nothing may wait for a file.
  const parts = { ...(await import('../net/ssh/index.ts')), ...(await import('./twin/index.ts')) };
  const twins = new Map<number, Twin>();
  const carrier = createTwinCarrier({
    clock: options.clock,
    parts,
    filesOf: (instanceId) => twins.get(instanceId)?.files(),
  });
  return {
    carrier,
    makeContainer: (instance, onExit) => {
      const twin = createTwin(options, parts, carrier, instance, onExit);
      twins.set(instance.id, twin);
      return twin;
    },
    shell: async (instanceId) => {
      const twin = twins.get(instanceId);
      if (!twin) throw new parts.ConnectRefusedError(`Instance ${instanceId} has not booted yet`);
      return await twin.connect();
    },
  };
}

function createTwin(
  { clock, seed, programs, roundTripMs = 0 }: TwinInsideOptions,
  parts: Parts,
  volumes: TwinVolumes,
  instance: Instance,
  onExit: () => void,
): Twin {
  const { id, launch } = instance;
  const faults = new Set<ContainerFault>();
  let lostKeys: ReadonlySet<number> = new Set();
  let machine: TwinMachine | undefined;
  let isUp = false;
  let made = 0;

  const entered = (): TwinMachine => {
    if (machine) return machine;
    made += 1;
    machine = parts.createTwinMachine({
      clock,
      seed: `${seed} ${id} ${made}`,
      diskBytes: instance.diskGb * BYTES_PER_GB,
      env: { WORKSPACE: '/workspace', ...containerEnv(instance) },
      roundTripMs,
      ...(programs && { programs: programs(id) }),
    });
    volumes.mountIn(instance, machine.files);
    if (faults.has('disk-full')) machine.files.capacityBytes = machine.files.usedBytes;
    if (!isUp) machine.stop();
    return machine;
  };
  const begin = () => {
    isUp = true;
    machine?.start();
    const isArgs = launch.runtype === 'args';
    const command = isArgs
      ? launch.args.map(parts.quoteWord).join(' ')
      : launch.onstart && 'bash /root/onstart.sh';
    if (!command) return;
    const { files } = entered();
    files.makeDirectory('/var/log', 'parents');
    void runMain(entered(), command).then(() => {
      if (isArgs && isUp) onExit();
    });
  };
  const runMain = async (inside: TwinMachine, command: string) => {
    try {
      await using shell = await inside.connect();
      if (launch.onstart) await shell.upload('/root/onstart.sh', [Buffer.from(launch.onstart)]);
      await shell.exec(`${command} >> ${LOG_FILE} 2>&1`);
    } catch (error) {
      // It was stopped in the middle of it.
      if (!(error instanceof parts.RemoteError)) throw error;
    }
  };
  const end = () => {
    isUp = false;
    machine?.stop();
  };
  const isRefused = () =>
    faults.has('key-refused') ||
    (faults.has('key-lost') && instance.sshKeys.every((key) => lostKeys.has(key.id)));

  return {
    start: async () => begin(),
    stop: async () => end(),
    async reboot() {
      end();
      faults.delete('stuck-tunnel');
      begin();
    },
    async recycle() {
      end();
      machine = undefined;
      faults.clear();
    },
    destroy: async () => end(),
    get sshPort() {
      return isUp ? 10_000 + (id % 50_000) : undefined;
    },
    logs: async () => (machine?.files.find(LOG_FILE) ? machine.files.readText(LOG_FILE) : ''),
    async execute(command) {
      if (!DISK_COMMANDS.test(command))
        throw new Error(`The command "${command}" is not one of ls, rm and du`);
      const inside = entered();
      if (!isUp) inside.start();
      try {
        await using shell = await inside.connect();
        const { stdout, stderr } = await shell.exec(command);
        return stdout + stderr;
      } finally {
        if (!isUp) inside.stop();
      }
    },
    files: () => entered().files,
    diskUsedGb: () => (machine?.files.usedBytes ?? 0) / BYTES_PER_GB,
    trafficGb: () => {
      const { upBytes = 0, downBytes = 0 } = machine?.network.carried ?? {};
      return { up: upBytes / BYTES_PER_GB, down: downBytes / BYTES_PER_GB };
    },
    async befall(fault) {
      faults.add(fault);
      if (fault === 'key-lost') lostKeys = new Set(instance.sshKeys.map((key) => key.id));
      if (fault === 'disk-full' && machine) machine.files.capacityBytes = machine.files.usedBytes;
      if (fault === 'ssh-reset' || fault === 'stuck-tunnel') machine?.cutConnections();
    },
    async connect() {
      if (!isUp)
        throw new parts.ConnectRefusedError(`Instance ${id} does not run: nothing listens on its port`);
      if (faults.has('stuck-tunnel')) {
        await clock.sleep(STUCK_MS);
        throw new parts.ConnectTimeoutError(
          `Instance ${id} took the connection and said nothing for ${STUCK_MS} ms`,
        );
      }
      if (faults.has('slow-ssh')) await clock.sleep(SLOW_MS);
      if (isRefused()) throw new parts.AuthRefusedError(`Instance ${id} takes none of the keys`);
      const inside = entered();
      if (faults.has('ssh-reset')) clock.setTimer(RESET_AFTER_MS, () => inside.cutConnections());
      return await inside.connect();
    },
  };
}
