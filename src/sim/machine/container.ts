// Where a machine's processes live. Two designs stand behind it: namespaces of their own, and plain processes.
import type { ChildProcess, StdioOptions } from 'node:child_process';

/** Paths of the machine as its processes see them. */
export interface InsidePaths {
  readonly home: string;
  readonly workspace: string;
  readonly tmp: string;
  readonly bin: string;
}

export interface ContainerSpawn {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: StdioOptions;
}

/** A process inside, with the number by which the host knows its own leader. */
export interface InsideProcess {
  readonly child: ChildProcess;
  /** The process that was asked for; 0 when it is gone. It leads a group of its own. */
  leaderPid(): number;
  /** Signals its whole group, as a terminal or sshd does. */
  signal(signal: NodeJS.Signals): void;
}

export interface Container {
  readonly paths: InsidePaths;
  /** Starts a process in the home directory. Rejects once the container has ended. */
  spawn(request: ContainerSpawn): Promise<InsideProcess>;
  /** Makes the directories full, or lifts that. False where this design cannot. */
  setDiskFull(full: boolean): Promise<boolean>;
  /** Ends every process inside; resolves when all are gone. */
  end(): Promise<void>;
}

export class ContainerEndedError extends Error {
  override name = 'ContainerEndedError';
  constructor() {
    super('The machine was stopped while a process was to be started on it; start the machine first');
  }
}

/** Changes to the home directory, in words of /bin/sh, and becomes the command that follows. */
export const AT_HOME = ['/bin/sh', '-c', 'cd "$HOME" 2>/dev/null; unset OLDPWD; exec "$@"', 'sh'] as const;

/** Waits for a process and, unlike 'close', not for those that hold its pipes. */
export function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
