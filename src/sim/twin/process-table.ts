// The processes of one machine: who runs, who starts whom, who is in which group.
import {
  type Descriptors,
  type ProcessFacts,
  type ProcessWorld,
  type Program,
  type SignalName,
  TwinProcess,
} from './process.ts';

export interface Start {
  readonly name: string;
  readonly args: readonly string[];
  readonly program: Program;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly descriptors: Descriptors;
  /** Undefined for the first process of a session of its own. */
  readonly parent?: TwinProcess;
}

export interface ProcessTable {
  start(start: Start): TwinProcess;
  find(pid: number): TwinProcess | undefined;
  /** By number. */
  list(): readonly TwinProcess[];
  /** All in the group; false when there is none. */
  signalGroup(group: number, signal: SignalName): boolean;
}

/** Numbers begin where a booted container's do, so that a test notices one that it made up. */
const FIRST_PID = 101;

/** `onOdd` hears what programs throw beside a file's fault: what the twin lacks, and bugs. */
export function createProcessTable(world: ProcessWorld, onOdd: (error: unknown) => void): ProcessTable {
  const running = new Map<number, TwinProcess>();
  let next = FIRST_PID;
  return {
    start({ name, args, program, env, cwd, descriptors, parent }) {
      const pid = next;
      next += 1;
      const facts: ProcessFacts = {
        pid,
        parent: parent?.pid ?? 1,
        group: parent?.group ?? pid,
        session: parent?.session ?? pid,
        name,
        args,
        env,
        cwd,
      };
      const process = new TwinProcess(world, facts, descriptors);
      running.set(pid, process);
      void process.ended.then(() => running.delete(pid));
      void process.run(program, onOdd);
      return process;
    },
    find: (pid) => {
      const process = running.get(pid);
      return process?.isEnded ? undefined : process;
    },
    list: () => [...running.values()].filter((process) => !process.isEnded),
    signalGroup(group, signal) {
      const members = [...running.values()].filter((one) => one.group === group && !one.isEnded);
      for (const member of members) member.signal(signal);
      return members.length > 0;
    },
  };
}
