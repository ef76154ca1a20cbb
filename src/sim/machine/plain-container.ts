// A machine's processes as plain ones of the host, for systems where this user may not make namespaces: HOME,
// WORKSPACE and TMPDIR are inside the machine's folder, and /root or /workspace are the host's own.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Clock, Log } from '../../base/std/index.ts';
import { type Container, ContainerEndedError, exited, type InsideProcess } from './container.ts';
import { processesOf, signalProcess } from './proc-table.ts';

/** Marks every process of a machine: the path of the machine's folder. Daemons inherit it. */
export const MARK = 'VASTDECK_MACHINE';

export interface PlainContainerOptions {
  /** The machine's folder, and within it the disk. */
  readonly dir: string;
  readonly disk: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A process that ends itself slowly is looked for again this many times, each after `LOOK_AGAIN_MS`. */
const LOOKS_MAX = 100;
const LOOK_AGAIN_MS = 20;

export function createPlainContainer({ dir, disk, clock, log }: PlainContainerOptions): Container {
  const paths = {
    home: join(disk, 'root'),
    workspace: join(disk, 'workspace'),
    tmp: join(disk, 'tmp'),
    bin: join(disk, 'opt/nvidia/bin'),
  };
  const running = new Set<InsideProcess>();
  let hasEnded = false;
  return {
    paths,
    spawn: async ({ command, env, stdio }) => {
      if (hasEnded) throw new ContainerEndedError();
      const [program, ...args] = command;
      // A session of its own: the terminal in which the simulator runs does not reach it.
      const child = spawn(program, args, {
        cwd: paths.home,
        env: { ...env, [MARK]: dir },
        stdio,
        detached: true,
      });
      const leaderPid = () => (child.exitCode === null && child.signalCode === null ? (child.pid ?? 0) : 0);
      const inside: InsideProcess = {
        child,
        leaderPid,
        signal: (signal) => {
          const pid = leaderPid();
          if (pid > 0) signalProcess(-pid, signal);
        },
      };
      running.add(inside);
      void exited(child).then(() => running.delete(inside));
      return inside;
    },
    setDiskFull: async (full) => !full,
    end: async () => {
      hasEnded = true;
      const all = [...running];
      for (const inside of all) inside.signal('SIGKILL');
      await Promise.all(all.map(({ child }) => exited(child)));
      if (!(await endMarked(dir, clock))) log.warn('processes of a machine do not end', { dir });
    },
  };
}

/** Kills what carries the mark of this folder or one below it, until none is left; false when some stay. */
export async function endMarked(dir: string, clock: Clock): Promise<boolean> {
  const escaped = dir.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const variable = new RegExp(`^${MARK}=${escaped}(/|$)`);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const left = processesOf({ variable, dir });
    if (left.length === 0) return true;
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await clock.sleep(LOOK_AGAIN_MS);
  }
  return false;
}
