// Whether the process that a file names still lives. A process id alone proves nothing: after a crash or a restart of the
// computer another program may have it. Id and start time together are never given out twice.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, platform } from 'node:os';
import { kill } from 'node:process';

export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in the system's own words; empty where the system does not say. */
  readonly startedAs: string;
  readonly host: string;
}

/** `alive`, `dead`, or `elsewhere`: on another computer, of which nothing can be said from here. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

export function identify(pid: number): ProcessIdentity {
  return { pid, startedAs: startOf(pid), host: hostname() };
}

export function livenessOf({ pid, startedAs, host }: ProcessIdentity): Liveness {
  if (host !== hostname()) return 'elsewhere';
  if (!exists(pid)) return 'dead';
  return startOf(pid) === startedAs ? 'alive' : 'dead';
}

function exists(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process: it is there, and it may be ours run as root.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string {
  if (platform() === 'linux') return linuxStart(pid);
  if (platform() === 'win32') return '';
  try {
    const answer = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return answer.trim();
  } catch {
    return '';
  }
}

/** Ticks since the computer was started, and which start of it that was. */
function linuxStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; after it come state (field 3) and so on to field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has died and was not yet collected by its parent.
    if (fields[0] === 'Z' || fields[0] === 'X') return '';
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[19]}`;
  } catch {
    return '';
  }
}
