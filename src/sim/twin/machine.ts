// A machine of an in-process world: a disk, processes on the world's clock, and connections that can be cut.
import { type Clock, createRandom } from '../../base/std/index.ts';
import { ConnectRefusedError, type RemoteShell } from '../../net/ssh/index.ts';
import { TwinFileSystem } from './file-system.ts';
import { createLinkLife, type LinkLife } from './link-life.ts';
import { createTwinNetwork, type TwinNetwork } from './network.ts';
import { NotInTwin, type Program, type TwinProcess } from './process.ts';
import { createProcessTable } from './process-table.ts';
import { CONDITION_PROGRAMS } from './programs/conditions.ts';
import { FILE_PROGRAMS } from './programs/files.ts';
import { processPrograms } from './programs/processes.ts';
import { TEXT_PROGRAMS } from './programs/text.ts';
import type { ShellHost } from './shell/state.ts';
import { createTwinShell } from './twin-shell.ts';

export interface TwinMachineOptions {
  readonly clock: Clock;
  /** Of the processes' own randomness; with a stepped clock it decides everything that happens. */
  readonly seed: string | number;
  /** Default 10 GB. */
  readonly diskBytes?: number;
  /** Beside the usual ones, or instead of them, by name. */
  readonly programs?: Readonly<Record<string, Program>>;
  /** Between a call on a connection and what it does, on the world's clock; default 0, which sets no timer. */
  readonly roundTripMs?: number;
  /** Of every login. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface TwinMachine {
  readonly files: TwinFileSystem;
  readonly network: TwinNetwork;
  /** Rejects with ConnectRefusedError while the machine is stopped. */
  connect(): Promise<RemoteShell>;
  /** Loses every connection; processes live on, and break when they write to one. */
  cutConnections(): void;
  /** Ends every process by SIGKILL and loses every connection; the disk stays. */
  stop(): void;
  start(): void;
  /** Those that run now, by number. */
  processes(): readonly Pick<TwinProcess, 'pid' | 'name' | 'args' | 'startedAtMs'>[];
  /** What was asked for and is not part of the twin: commands, options, syntax. A good test sees none. */
  readonly refusals: readonly string[];
}

const DISK_BYTES = 10e9;
const HOME = '/root';

/** In these folders a path names a program as its last part does. */
const PROGRAM_FOLDERS = /^\/(usr\/(local\/)?)?s?bin\//;

/** Nothing of it outlives the object: no timers but those of running processes, no sockets, no files. */
export function createTwinMachine(options: TwinMachineOptions): TwinMachine {
  const { clock, seed, diskBytes = DISK_BYTES, programs = {}, roundTripMs = 0, env = {} } = options;
  const files = new TwinFileSystem({ clock, capacityBytes: diskBytes });
  for (const folder of [HOME, '/tmp', '/workspace']) files.makeDirectory(folder, 'parents');
  const network = createTwinNetwork(files, clock);
  const refusals: string[] = [];
  const links = new Set<LinkLife>();
  let isRunning = true;
  const table = createProcessTable({ clock, random: createRandom(seed), files, network }, (odd) => {
    refusals.push(odd instanceof NotInTwin ? odd.message : `a program threw ${String(odd)}`);
  });
  const host: ShellHost = {
    table,
    findProgram: (name) => findProgram(name),
    refuse: (what) => refusals.push(what),
  };
  const known = new Map(
    Object.entries({
      ...TEXT_PROGRAMS,
      ...FILE_PROGRAMS,
      ...CONDITION_PROGRAMS,
      ...processPrograms(host),
      ...programs,
    }),
  );
  const findProgram = (name: string): Program | undefined => {
    const found = known.get(name.replace(PROGRAM_FOLDERS, ''));
    if (found || !name.includes('/')) return found;
    // Another path is a script, where a file stands there that says so.
    return (process) => {
      const text = files.readText(process.resolve(name));
      if (!/^#!\s*\S*\b(ba)?sh\b/.test(text)) throw new NotInTwin(`a program file like ${name}`);
      process.become({ name: 'sh', args: [name, ...process.args] });
      return (known.get('sh') as Program)(process);
    };
  };
  const lose = () => {
    for (const life of links) life.lose();
    links.clear();
  };
  return {
    files,
    network,
    refusals,
    connect: async () => {
      if (!isRunning) throw new ConnectRefusedError('The twin is stopped: nothing listens on the port (yet)');
      const life = createLinkLife('root@twin');
      links.add(life);
      return createTwinShell({
        clock,
        table,
        files,
        life,
        home: HOME,
        roundTripMs,
        start: (command, given, descriptors) =>
          table.start({
            name: 'bash',
            args: ['-c', command],
            program: known.get('bash') as Program,
            env: { HOME, USER: 'root', SHELL: '/bin/bash', PWD: HOME, ...env, ...given },
            cwd: HOME,
            descriptors,
          }),
        onClose: () => links.delete(life),
      });
    },
    cutConnections: lose,
    stop: () => {
      isRunning = false;
      for (const process of table.list()) process.signal('SIGKILL');
      lose();
    },
    start: () => {
      if (!isRunning) network.restart();
      isRunning = true;
    },
    processes: () => table.list(),
  };
}
