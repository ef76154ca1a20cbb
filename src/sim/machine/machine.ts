// One machine's life: its disk, its container, its SSH port, and what runs by itself when it starts.
import {
  closeSync,
  existsSync,
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
import { fileSite } from './copy-files.ts';
import type { Disk } from './disk/disk.ts';
import type { DiskWatch } from './disk/disk-watch.ts';
import type { FolderDisk } from './disk/folder-disk.ts';
import { runDiskCommand } from './disk-command.ts';
import { layOutDisk } from './disk-layout.ts';
import { hostKeyAt } from './host-key.ts';
import { mountUser } from './isolation.ts';
import { machineEnv } from './machine-env.ts';
import { writeMountPlan } from './mount-plan.ts';
import { createNamespaceContainer } from './namespace-container.ts';
import type { SmiPort } from './nvidia-smi/smi-port.ts';
import { createPlainContainer } from './plain-container.ts';
import { signalProcess } from './proc-table.ts';
import { bytesOf, confinePath } from './sftp/confined-path.ts';
import { confinementOf, type SftpDisk } from './sftp/sftp-disk.ts';
import { openSshFront, type SshFront } from './ssh-front.ts';
import type { Isolation, Machine, MachineFault, MachineSpec, MountedVolume, Traffic } from './types.ts';
import { type BoundVolume, mountsOf, placeVolumes } from './volumes.ts';

export interface MachineOptions {
  readonly spec: MachineSpec;
  /** Of this machine alone. */
  readonly dir: string;
  /** In that folder, and removed with it. */
  readonly disk: Disk;
  /** As they are now; asked for again at each start. */
  readonly volumes: readonly MountedVolume[];
  /** Where the disk's size is held by measuring. */
  readonly watch: DiskWatch | undefined;
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
  const { spec, dir, disk, isolation, smi, clock } = options;
  const log = options.log.child({ instanceId: spec.instanceId });
  const logFile = join(dir, 'container.log');
  const hostName = `C.${spec.instanceId}`;
  const standIn = smi.addMachine(spec.gpus, spec.load);
  let run: Run | undefined;
  let port = 0;
  const faults = new Set<MachineFault>();
  let mounts = mountsOf(options.volumes);
  let lostKeys: ReadonlySet<string> = new Set();
  let isShownFull = false;
  let isDestroyed = false;
  let past: Traffic = { inBytes: 0, outBytes: 0 };

  const makeContainer = (volumes: readonly BoundVolume[]): Container =>
    isolation === 'plain'
      ? createPlainContainer({ dir, disk: disk.dir, clock, log })
      : createNamespaceContainer({
          disk: disk.dir,
          volumes,
          mountPlan: join(dir, 'mounts'),
          user: mountUser(),
          hostName,
          clock,
          log,
        });
  const { paths } = makeContainer([]);
  const env = machineEnv({ paths, variables: spec.env });
  const served = (): SftpDisk => ({
    disk,
    mounts,
    home: '/root',
    alias: isolation === 'plain' ? disk.dir : undefined,
  });
  const listedKeys = () => [...spec.authorizedKeys(), ...ownKeys(served())].map((line) => line.trim());

  const makeDisk = () => {
    writeFileSync(logFile, '');
    hostKeyAt(join(dir, 'host_key'));
    layOutDisk({
      disk: disk.dir,
      paths,
      hostName,
      env: spec.env,
      authorizedKeys: spec.authorizedKeys(),
      onstart: spec.onstart,
      autoTmux: spec.autoTmux,
      smiScript: standIn.script,
    });
    // Now, since a disk that is full one day would have no room for them.
    if (isolation === 'namespaces') writeMountPlan({ disk: disk.dir, user: mountUser(), volumes: [] });
    placeVolumes(disk, mounts, isolation);
  };

  const start = async () => {
    if (isDestroyed)
      throw new Error(`Machine of instance ${spec.instanceId} was destroyed; create another one`);
    if (run) return;
    const container = await openContainer();
    const front = spec.args ? undefined : await openFront(container);
    if (front) port = front.port;
    const main = spec.args ? await runLogged(container, spec.args) : undefined;
    run = { container, front, main };
    if (main) watchMain(run, main);
    // It may take hours: the machine counts as started before it ends.
    if (!spec.args && existsSync(join(disk.dir, 'root/onstart.sh'))) {
      await runLogged(container, ['/bin/bash', join(paths.home, 'onstart.sh')]);
    }
  };

  const openContainer = async (): Promise<Container> => {
    mounts = mountsOf((await spec.volumes?.()) ?? []);
    const container = makeContainer(placeVolumes(disk, mounts, isolation));
    isShownFull = false;
    await showFull(container);
    return container;
  };

  /** Where the kernel does not hold the disk's size, the container has to look full. */
  const showFull = async (container: Container): Promise<void> => {
    const isFull = disk.heldBy === 'measuring' && disk.freeBytes() === 0;
    if (isFull === isShownFull) return;
    isShownFull = isFull;
    if (!(await container.setDiskFull(isFull)) && isFull)
      log.warn('the disk is full for SFTP and copies only: processes cannot be shown a full one here');
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
        sftpDisk: served(),
        log,
      },
      clock,
      log,
      hasFault: (fault) => faults.has(fault),
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
  const beginFault = async (fault: MachineFault) => {
    faults.add(fault);
    if (fault === 'lose-keys') lostKeys = new Set(listedKeys());
    if (fault === 'disk-full') await fill(true);
    run?.front?.faultBegan(fault);
  };
  const endFault = async (fault: MachineFault) => {
    if (!faults.delete(fault)) return;
    if (fault === 'lose-keys') lostKeys = new Set();
    if (fault === 'disk-full') await fill(false);
    run?.front?.faultEnded(fault);
  };
  const fill = async (isFull: boolean) => {
    await disk.setFull(isFull);
    if (run) await showFull(run.container);
  };

  makeDisk();
  const watching =
    disk.heldBy === 'measuring'
      ? options.watch?.add({
          disk: disk as FolderDisk,
          isBusy: () => run !== undefined,
          measured: () => void inTurn(async () => run && (await showFull(run.container))),
        })
      : undefined;
  return {
    get sshPort() {
      return port;
    },
    start: () => inTurn(start),
    stop: () => inTurn(stop),
    reboot: () =>
      inTurn(async () => {
        await stop();
        faults.delete('stuck-tunnel');
        await start();
      }),
    recycle: () =>
      inTurn(async () => {
        await stop();
        await disk.clear();
        rmSync(join(dir, 'host_key'), { force: true });
        faults.delete('stuck-tunnel');
        faults.delete('lose-keys');
        lostKeys = new Set();
        makeDisk();
        await start();
      }),
    destroy: () =>
      inTurn(async () => {
        await stop();
        isDestroyed = true;
        standIn.remove();
        watching?.end();
        await disk.remove();
        options.onDestroyed();
      }),
    diskUsageBytes: () => {
      watching?.want();
      return disk.usedBytes();
    },
    files: fileSite(served),
    logs: async () => lastBytes(logFile, LOG_BYTES_SHOWN),
    execute: async (command) => ({ output: await runDiskCommand(command, served()) }),
    beginFault: (fault) => inTurn(async () => await beginFault(fault)),
    endFault: (fault) => inTurn(async () => await endFault(fault)),
    trafficBytes: () => (run?.front ? sum(past, run.front.traffic()) : past),
  };
}

/** What the renter has put into ~/.ssh/authorized_keys, as sshd reads it. */
function ownKeys(served: SftpDisk): readonly string[] {
  try {
    const file = bytesOf(
      confinePath('/root/.ssh/authorized_keys', confinementOf({ ...served, alias: undefined }), 'follow')
        .real,
    );
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
