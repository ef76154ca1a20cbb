// One machine's life: its disk, its container, its SSH port, and what runs by itself when it starts.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock, Log } from '../../base/std/index.ts';
import { type Container, exited, type InsideProcess } from './container.ts';
import { runDiskCommand } from './disk-command.ts';
import { layOutDisk } from './disk-layout.ts';
import { diskUsageBytes } from './disk-usage.ts';
import { hostKeyAt } from './host-key.ts';
import { mountUser } from './isolation.ts';
import { machineEnv } from './machine-env.ts';
import { createNamespaceContainer } from './namespace-container.ts';
import type { SmiPort } from './nvidia-smi/smi-port.ts';
import { createPlainContainer } from './plain-container.ts';
import { signalProcess } from './proc-table.ts';
import { removeFolder } from './remove-folder.ts';
import { bytesOf, confinePath } from './sftp/confined-path.ts';
import { openSshFront, type SshFront } from './ssh-front.ts';
import type { Isolation, Machine, MachineFault, MachineSpec, Traffic } from './types.ts';

export interface MachineOptions {
  readonly spec: MachineSpec;
  /** Of this machine alone; made here. */
  readonly dir: string;
  readonly isolation: Isolation;
  readonly host: string;
  readonly passwords: boolean;
  readonly smi: SmiPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly onDestroyed: () => void;
}

/** Docker's own: so long a container's command may take to end itself. */
const STOP_GRACE_MS = 10_000;
const LOG_BYTES_SHOWN = 1024 * 1024;
const KEY_FILE_BYTES_MAX = 256 * 1024;

/** What runs while a machine is started. */
interface Run {
  readonly container: Container;
  readonly front: SshFront | undefined;
  readonly main: InsideProcess | undefined;
}

export function createMachine(options: MachineOptions): Machine {
  const { spec, dir, isolation, smi, clock } = options;
  const log = options.log.child({ instanceId: spec.instanceId });
  const disk = join(dir, 'disk');
  const logFile = join(dir, 'container.log');
  const hostName = `C.${spec.instanceId}`;
  const standIn = smi.addMachine(spec.gpus, spec.load);
  let run: Run | undefined;
  let port = 0;
  let fault: MachineFault | undefined;
  let lostKeys: ReadonlySet<string> = new Set();
  let usedBytes = 0;
  let isDestroyed = false;
  let past: Traffic = { inBytes: 0, outBytes: 0 };

  const makeContainer = (): Container =>
    isolation === 'plain'
      ? createPlainContainer({ dir, disk, clock, log })
      : createNamespaceContainer({
          disk,
          mountPlan: join(dir, 'mounts'),
          user: mountUser(),
          hostName,
          clock,
          log,
        });
  const { paths } = makeContainer();
  const env = machineEnv({ paths, variables: spec.env });
  const listedKeys = () => [...spec.authorizedKeys(), ...ownKeys(disk)].map((line) => line.trim());

  const makeDisk = () => {
    mkdirSync(disk, { recursive: true, mode: 0o755 });
    writeFileSync(logFile, '');
    hostKeyAt(join(dir, 'host_key'));
    layOutDisk({
      disk,
      paths,
      hostName,
      env: spec.env,
      authorizedKeys: spec.authorizedKeys(),
      onstart: spec.onstart,
      autoTmux: spec.autoTmux,
      smiScript: standIn.script,
    });
  };

  const start = async () => {
    if (isDestroyed)
      throw new Error(`Machine of instance ${spec.instanceId} was destroyed; create another one`);
    if (run) return;
    const container = makeContainer();
    if (fault === 'disk-full') await container.setDiskFull(true);
    const front = spec.args ? undefined : await openFront(container);
    if (front) port = front.port;
    const main = spec.args ? await runLogged(container, spec.args) : undefined;
    run = { container, front, main };
    if (main) watchMain(run, main);
    // It may take hours: the machine counts as started before it ends.
    if (!spec.args && existsSync(join(disk, 'root/onstart.sh'))) {
      await runLogged(container, ['/bin/bash', join(paths.home, 'onstart.sh')]);
    }
  };

  const openFront = async (container: Container): Promise<SshFront> =>
    await openSshFront({
      host: options.host,
      port,
      hostKey: hostKeyAt(join(dir, 'host_key')),
      login: {
        keys: () => listedKeys().filter((line) => !lostKeys.has(line)),
        password: options.passwords ? spec.password : undefined,
      },
      sessions: {
        container,
        env: () => env,
        sftpDisk: {
          root: disk,
          home: '/root',
          alias: isolation === 'plain' ? disk : undefined,
          sizeBytes: spec.diskGb * 1e9,
          usedBytes: () => usedBytes,
          isFull: () => fault === 'disk-full',
        },
        log,
      },
      clock,
      log,
      fault: () => fault,
    });

  const runLogged = async (container: Container, command: readonly string[]): Promise<InsideProcess> => {
    const [program = '/bin/true', ...args] = command;
    const output = openSync(logFile, 'a');
    try {
      const inside = await container.spawn({
        command: [program, ...args],
        env,
        stdio: ['ignore', output, output],
      });
      inside.child.on('error', (error) => log.warn('a command of a machine could not be started', { error }));
      return inside;
    } finally {
      closeSync(output);
    }
  };

  const watchMain = (current: Run, main: InsideProcess) => {
    void exited(main.child).then(async () => {
      // Whoever stops the machine knows.
      if (run !== current) return;
      run = undefined;
      await current.container.end();
      spec.onExit?.(main.child.exitCode);
    });
  };

  const stop = async () => {
    const current = run;
    run = undefined;
    if (!current) return;
    const { container, front, main } = current;
    if (front) {
      past = sum(past, front.traffic());
      await front.close();
    }
    if (main) {
      // Like Docker: the container's first process alone is asked.
      const pid = main.leaderPid();
      if (pid > 0) signalProcess(pid, 'SIGTERM');
      const patience = new AbortController();
      await Promise.race([exited(main.child), clock.sleep(STOP_GRACE_MS, patience.signal).catch(() => {})]);
      patience.abort();
    }
    await container.end();
  };

  // One change at a time, in the order in which they were asked for.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const next = turn.then(act);
    turn = next.catch(() => {});
    return next;
  };
  const setFault = async (next: MachineFault | undefined) => {
    const before = fault;
    fault = next;
    lostKeys = next === 'lose-keys' ? new Set(listedKeys()) : new Set();
    run?.front?.faultChanged();
    if ((before === 'disk-full') === (next === 'disk-full') || !run) return;
    if (!(await run.container.setDiskFull(next === 'disk-full'))) {
      log.warn('the disk is full for SFTP only: processes cannot be shown a full one here');
    }
  };

  makeDisk();
  return {
    get sshPort() {
      return port;
    },
    start: () => inTurn(start),
    stop: () => inTurn(stop),
    reboot: () =>
      inTurn(async () => {
        await stop();
        if (fault === 'stuck-tunnel') fault = undefined;
        await start();
      }),
    recycle: () =>
      inTurn(async () => {
        await stop();
        await removeFolder(disk);
        rmSync(join(dir, 'host_key'), { force: true });
        if (fault === 'stuck-tunnel' || fault === 'lose-keys') fault = undefined;
        lostKeys = new Set();
        makeDisk();
        await start();
      }),
    destroy: () =>
      inTurn(async () => {
        await stop();
        isDestroyed = true;
        standIn.remove();
        await removeFolder(dir);
        options.onDestroyed();
      }),
    diskUsageBytes: async () => {
      usedBytes = await diskUsageBytes(disk);
      return usedBytes;
    },
    logs: async () => lastBytes(logFile, LOG_BYTES_SHOWN),
    execute: async (command) => ({ output: await runDiskCommand(command, disk) }),
    setFault: (next) => inTurn(async () => await setFault(next)),
    trafficBytes: () => (run?.front ? sum(past, run.front.traffic()) : past),
  };
}

/** What the renter has put into ~/.ssh/authorized_keys, as sshd reads it. */
function ownKeys(disk: string): readonly string[] {
  try {
    const confinement = { root: Buffer.from(disk).toString('latin1'), home: '/root', alias: undefined };
    const file = bytesOf(confinePath('/root/.ssh/authorized_keys', confinement, 'follow').real);
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > KEY_FILE_BYTES_MAX) return [];
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    // No such file, or one that cannot be read: there are no keys in it.
    return [];
  }
}

function lastBytes(path: string, bytes: number): string {
  const fd = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const got = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, got).toString();
  } finally {
    closeSync(fd);
  }
}

function sum(a: Traffic, b: Traffic): Traffic {
  return { inBytes: a.inBytes + b.inBytes, outBytes: a.outBytes + b.outBytes };
}
