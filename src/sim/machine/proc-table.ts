// What the kernel says of processes, from /proc. On a system without it every answer is empty.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Processes that were started by this one and still run; empty also when it is gone. */
export function childrenOf(pid: number): readonly number[] {
  return numbers(read(`/proc/${pid}/task/${pid}/children`).trim().split(' '));
}

/** When it was started, in the kernel's ticks: with the number it names one process for ever. */
export function startTicksOf(pid: number): number | undefined {
  const ticks = statFields(pid)[START_FIELD];
  return ticks === undefined ? undefined : Number(ticks);
}

/**
 * Every process of this user whose environment holds `variable`, and the orphans whose working directory is below
 * `dir`: those are daemons that cleared their environment. A person's shell that stands there has a parent.
 */
export function processesOf({ variable, dir }: { variable: RegExp; dir: string }): readonly number[] {
  const own = process.pid;
  return numbers(list('/proc')).filter((pid) => {
    if (pid === own) return false;
    if (
      read(`/proc/${pid}/environ`)
        .split('\0')
        .some((entry) => variable.test(entry))
    )
      return true;
    return `${link(`/proc/${pid}/cwd`)}/`.startsWith(`${dir}/`) && statFields(pid)[PARENT_FIELD] === '1';
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends a signal; a process that is gone already is no fault. A negative number is a group. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const PARENT_FIELD = 1;
const START_FIELD = 19;

/** The fields of /proc/N/stat after the name, which stands in parentheses and may itself hold some. */
function statFields(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function numbers(words: readonly string[]): readonly number[] {
  return words.filter((word) => /^\d+$/.test(word)).map(Number);
}

// A process may end between any two looks at it, and others' are not ours to read: both read as empty.
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
