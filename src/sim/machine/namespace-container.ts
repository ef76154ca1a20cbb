// A machine's processes in namespaces of their own (mounts and process numbers, and users when not root): /root,
// /workspace and /tmp are the machine's, and all its processes end with the first one. Made when something is to run
// and left when nothing does, so that a machine nobody is logged in to has no process at all.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Clock, Log, Timer } from '../../base/std/index.ts';
import { AT_HOME, type Container, ContainerEndedError, exited, type InsideProcess } from './container.ts';
import { type MountUser, writeMountPlan } from './mount-plan.ts';
import { childrenOf, signalProcess } from './proc-table.ts';
import type { BoundVolume } from './volumes.ts';

export interface NamespaceContainerOptions {
  readonly disk: string;
  /** Where the table of mounts is kept, outside of the disk. */
  readonly mountPlan: string;
  readonly user: MountUser;
  readonly hostName: string;
  readonly volumes: readonly BoundVolume[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Namespaces in which nothing runs any more are left after this time; commands often come in a row. */
const IDLE_MS = 5_000;

/**
 * The first process inside. It makes the root, then becomes `cat`: the end of its input, whose other end only the
 * simulator holds, ends it and with it the namespaces, also when the simulator was killed. With SIGCHLD ignored,
 * which a shell's `trap` cannot, the kernel itself clears away orphans that end.
 */
const MAKE_ROOT = `set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -n --bind "$1" "$1"
mount -n -a -T "$2"
cd "$1"
pivot_root . mnt
cd /
umount -n -l /mnt
hostname "$3" 2>/dev/null || :`;
const BECOME_CAT = `echo ready
exec env --ignore-signal=CHLD cat >/dev/null`;

/**
 * Fills a small file system and lays it over a folder: what was there stays readable, and nothing new fits. Volumes
 * (the arguments) would be hidden below it, and are put back.
 */
const FILL_FOLDERS = `set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
full=/mnt/full
mkdir -p $full
mount -n -t tmpfs -o size=64k full $full
for folder in root workspace tmp; do mkdir -p $full/$folder $full/$folder.work; done
head -c 65536 /dev/zero >$full/filling 2>/dev/null || :
for volume in "$@"; do
  kept=$full/kept$volume
  mkdir -p "$kept"
  mount -n --bind "$volume" "$kept"
done
for folder in root workspace tmp; do
  mount -n -t overlay -o lowerdir=/$folder,upperdir=$full/$folder,workdir=$full/$folder.work overlay /$folder
done
for volume in "$@"; do
  mount -n --bind "$full/kept$volume" "$volume"
  umount -n "$full/kept$volume"
done`;

const EMPTY_FOLDERS = `set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
for folder in root workspace tmp; do umount -n -l /$folder; done
umount -n -l /mnt/full`;

/** One life of the namespaces. */
interface Life {
  readonly unshare: ChildProcess;
  readonly ready: Promise<void>;
  /** Processes that were entered from outside and still run. */
  entered: number;
  idleTimer: Timer | undefined;
}

const PATHS = { home: '/root', workspace: '/workspace', tmp: '/tmp', bin: '/opt/nvidia/bin' };

export function createNamespaceContainer(options: NamespaceContainerOptions): Container {
  const { user, clock, log } = options;
  let life: Life | undefined;
  let isDiskFull = false;
  let hasEnded = false;

  const enter = async (): Promise<Life> => {
    if (hasEnded) throw new ContainerEndedError();
    life ??= startLife(options);
    const current = life;
    current.entered += 1;
    current.idleTimer?.cancel();
    try {
      await current.ready;
    } catch (error) {
      leave(current);
      if (hasEnded) throw new ContainerEndedError();
      throw error;
    }
    if (hasEnded) throw new ContainerEndedError();
    return current;
  };

  const leave = (current: Life): void => {
    current.entered -= 1;
    lookIfIdle(current);
  };

  const lookIfIdle = (current: Life): void => {
    if (current.entered > 0 || current !== life) return;
    current.idleTimer?.cancel();
    current.idleTimer = clock.setTimer(IDLE_MS, () => {
      const [first] = childrenOf(current.unshare.pid ?? 0);
      // Orphans belong to the first process: a training left in tmux, a daemon of onstart.
      if (first !== undefined && childrenOf(first).length > 0) return lookIfIdle(current);
      // From here on a new process makes new namespaces; no other one can have come in between.
      life = undefined;
      current.unshare.stdin?.end();
    });
  };

  const startLife = ({ disk, mountPlan, hostName, volumes }: NamespaceContainerOptions): Life => {
    writeFileSync(mountPlan, writeMountPlan({ disk, user, volumes }));
    const flags = user === 'root' ? UNSHARE_FLAGS : [...USER_FLAGS, ...UNSHARE_FLAGS];
    const script = isDiskFull
      ? `${MAKE_ROOT}\nshift 3\n${FILL_FOLDERS}\n${BECOME_CAT}`
      : `${MAKE_ROOT}\n${BECOME_CAT}`;
    const unshare = spawn(
      '/usr/bin/unshare',
      [...flags, '/bin/sh', '-c', script, 'sh', disk, mountPlan, hostName, ...volumes.map(({ at }) => at)],
      { stdio: 'pipe', env: {}, detached: true },
    );
    // Its end is noticed by 'exit'.
    unshare.stdin?.on('error', () => {});
    const current: Life = { unshare, ready: untilReady(unshare), entered: 0, idleTimer: undefined };
    void exited(unshare).then(() => {
      current.idleTimer?.cancel();
      if (life === current) life = undefined;
    });
    return current;
  };

  const enterFlags = ({ unshare }: Life): string[] => {
    const at = `/proc/${unshare.pid}/ns`;
    const flags = [`--mount=${at}/mnt`, `--pid=${at}/pid_for_children`, `--uts=${at}/uts`];
    return user === 'root' ? flags : [`--user=${at}/user`, '--preserve-credentials', ...flags];
  };

  return {
    paths: PATHS,
    spawn: async ({ command, env, stdio }) => {
      const current = await enter();
      // nsenter forks into the new process numbers, and its child takes a session of its own.
      const child = spawn(
        '/usr/bin/nsenter',
        [...enterFlags(current), '--', '/usr/bin/setsid', ...AT_HOME, ...command],
        {
          env,
          stdio,
          detached: true,
        },
      );
      void exited(child).then(() => leave(current));
      const leaderPid = () => (child.pid === undefined ? 0 : (childrenOf(child.pid)[0] ?? 0));
      const inside: InsideProcess = {
        child,
        leaderPid,
        signal: (signal) => {
          const pid = leaderPid();
          if (pid > 0) signalProcess(-pid, signal);
        },
      };
      return inside;
    },
    setDiskFull: async (full) => {
      if (full === isDiskFull) return true;
      isDiskFull = full;
      if (!life) return true;
      // Nobody but root may mount after the first process has given up its rights: the next life will have it.
      if (user !== 'root') return false;
      await life.ready;
      const script = full ? FILL_FOLDERS : EMPTY_FOLDERS;
      const child = spawn(
        '/usr/bin/nsenter',
        [...enterFlags(life), '--', '/bin/sh', '-c', script, 'sh', ...options.volumes.map(({ at }) => at)],
        {
          stdio: 'ignore',
        },
      );
      await exited(child);
      return child.exitCode === 0;
    },
    end: async () => {
      hasEnded = true;
      const current = life;
      life = undefined;
      if (!current) return;
      current.idleTimer?.cancel();
      current.unshare.stdin?.end();
      // The kernel lets the first process end only after all others, and unshare after it.
      await exited(current.unshare);
      log.debug('namespaces ended', { disk: options.disk });
    },
  };
}

const UNSHARE_FLAGS = ['--mount', '--pid', '--uts', '--fork'];

/**
 * The user keeps the own number inside, named root there: as number 0 rsync and tar would try to give files to
 * users that a single mapping does not have, and fail. `--keep-caps` is for the mounts of the first process.
 */
const USER_FLAGS = ['--user', '--map-current-user', '--keep-caps'];

function untilReady(unshare: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    unshare.stderr?.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString()).slice(-500);
    });
    unshare.stdout?.once('data', () => resolve());
    unshare.once('error', reject);
    unshare.once('exit', () => reject(new NamespaceError(complaint.trim())));
  });
}

/** This user or this kernel does not make the namespaces. */
export class NamespaceError extends Error {
  override name = 'NamespaceError';
  constructor(complaint: string) {
    super(
      `The machine's namespaces could not be made (${complaint || 'ended'}); take isolation "plain" here`,
    );
  }
}
