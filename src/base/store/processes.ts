// Which processes of this computer have surely died. Whoever takes a term leaves a mark of its process with it, so that
// nobody has to wait for the term of a dead leader to end. A process id alone proves nothing, since the next program may
// have it: id and start time together are never given out twice. Of other computers nothing is ever said.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, platform } from 'node:os';
import { kill, pid as ownPid } from 'node:process';

export interface Processes {
  /** This process, to be written down. Empty where the system does not tell processes apart well enough. */
  readonly own: string;
  /** True only for a mark of a process that ran where this one runs and is there no more. */
  readonly isGone: (mark: string) => boolean;
}

export function systemProcesses(): Processes {
  const place = placeOf();
  const startedAs = place === '' ? '' : processStart(ownPid);
  return {
    own: startedAs === '' ? '' : JSON.stringify([place, ownPid, startedAs]),
    isGone(mark) {
      const [markedPlace, pid, markedStart] = readMark(mark);
      if (place === '' || markedPlace !== place || pid === undefined) return false;
      const presence = presenceOf(pid);
      if (presence === 'none') return true;
      const startedAs = processStart(pid);
      // Some systems hide the processes of other users.
      if (presence === 'foreign' && startedAs === '') return false;
      return startedAs !== markedStart;
    },
  };
}

/** Whoever it belongs to. */
export function processExists(pid: number): boolean {
  return presenceOf(pid) !== 'none';
}

function presenceOf(pid: number): 'own' | 'foreign' | 'none' {
  try {
    kill(pid, 0);
    return 'own';
  } catch (error) {
    // It may be ours, run as root.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'foreign' : 'none';
  }
}

/** When it was started, in the system's own words; empty for one that is dead, and where the system does not say. */
export function processStart(pid: number): string {
  if (platform() === 'linux') return linuxStart(pid);
  return platform() === 'win32' ? '' : answerOf('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]);
}

/** Ticks since the computer was started, and which start of it that was. */
function linuxStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; after it come state (field 3) and so on to field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that has died and was not yet collected by its parent.
    if (fields[0] === 'Z' || fields[0] === 'X') return '';
    return `${bootOf()} ${fields[19]}`;
  } catch {
    return '';
  }
}

function bootOf(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Within one start of a computer, and one container of it, a process id means one process at a time. */
function placeOf(): string {
  try {
    if (platform() === 'linux') return `${hostname()} ${bootOf()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
  const boot = platform() === 'darwin' ? answerOf('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']) : '';
  return boot === '' ? '' : `${hostname()} ${boot}`;
}

/** The same words whoever asks, in whatever language and time zone. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

function answerOf(program: string, args: readonly string[]): string {
  try {
    const answer = execFileSync(program, args, {
      encoding: 'utf8',
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return answer.trim();
  } catch {
    return '';
  }
}

/** Nothing of what is no mark. */
function readMark(mark: string): readonly [place?: string, pid?: number, startedAs?: string] {
  try {
    const [place, pid, startedAs] = JSON.parse(mark) as readonly unknown[];
    const isMark = typeof place === 'string' && Number.isSafeInteger(pid) && typeof startedAs === 'string';
    return isMark && Number(pid) > 0 ? [place, Number(pid), startedAs] : [];
  } catch {
    return [];
  }
}
