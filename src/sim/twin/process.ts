// One process of a twin: what it was started with, how it is signalled, how it ends.
import type { Clock, Random } from '../../base/std/index.ts';
import { FileFault } from './file-fault.ts';
import type { TwinFileSystem } from './file-system.ts';
import type { TwinNetwork } from './network.ts';
import { BrokenPipe, type Sink, type Source } from './streams.ts';

export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGTERM: 15,
} as const;

export type SignalName = keyof typeof SIGNALS;

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: SignalName | null;
}

/** The exit code that a shell gives a child's end: 128 + n for a signal. */
export function exitCodeOf({ code, signal }: ProcessEnd): number {
  return signal ? 128 + SIGNALS[signal] : (code ?? 0);
}

/**
 * A program of a twin: does its work through the process that it is given and resolves to its exit code.
 * Whatever it awaits has to come from there, so that a killed process stops at that point.
 */
export type Program = (process: TwinProcess) => Promise<number> | number;

/** An option or command that real machines have and the twin has not: said, noted, exit code 127. */
export class NotInTwin extends Error {
  override name = 'NotInTwin';

  constructor(what: string) {
    super(`${what} is not part of the twin`);
  }
}

/** Unwinds the program of a process that has ended; programs let it pass. */
class ProcessEnded extends Error {
  override name = 'ProcessEnded';
}

export interface Descriptors {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly name: string;
  /** Without the name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface ProcessWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: TwinFileSystem;
  readonly network: TwinNetwork;
}

export class TwinProcess {
  readonly pid: number;
  readonly parent: number;
  readonly clock: Clock;
  /** Its own sequence, from the machine's seed and the process number. */
  readonly random: Random;
  readonly files: TwinFileSystem;
  readonly network: TwinNetwork;
  readonly startedAtMs: number;
  readonly ended: Promise<ProcessEnd>;
  group: number;
  session: number;
  name: string;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  cwd: string;
  #descriptors: Descriptors;
  readonly #killed = new AbortController();
  readonly #handlers = new Map<SignalName, () => void>();
  #settle: (end: ProcessEnd) => void = () => {};
  #end: ProcessEnd | undefined;

  constructor(world: ProcessWorld, facts: ProcessFacts, descriptors: Descriptors) {
    this.pid = facts.pid;
    this.parent = facts.parent;
    this.group = facts.group;
    this.session = facts.session;
    this.name = facts.name;
    this.args = facts.args;
    this.environment = facts.env;
    this.cwd = facts.cwd;
    this.clock = world.clock;
    this.random = world.random.fork('process', facts.pid);
    this.files = world.files;
    this.network = world.network;
    this.startedAtMs = world.clock.now();
    this.#descriptors = descriptors;
    descriptors.stdin.hold();
    descriptors.stdout.hold();
    descriptors.stderr.hold();
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  get descriptors(): Descriptors {
    return this.#descriptors;
  }

  /** Goes on as another program, or with other descriptors, under the same number: exec(2). */
  become({
    name = this.name,
    args = this.args,
    env = this.environment,
    descriptors,
  }: Partial<Pick<ProcessFacts, 'name' | 'args' | 'env'>> & { readonly descriptors?: Descriptors }): void {
    this.name = name;
    this.args = args;
    this.environment = env;
    if (!descriptors || this.#end) return;
    const before = this.#descriptors;
    for (const end of ['stdin', 'stdout', 'stderr'] as const) {
      descriptors[end].hold();
      before[end].release();
    }
    this.#descriptors = descriptors;
  }

  /** Where a path leads from the process's folder. */
  resolve(path: string): string {
    return path.startsWith('/') ? path : `${this.cwd === '/' ? '' : this.cwd}/${path}`;
  }

  /** Runs `program` to its end, which it turns into the process's end. `onOdd` hears of what is no fault of the world. */
  async run(program: Program, onOdd: (error: unknown) => void): Promise<void> {
    try {
      const code = await program(this);
      this.#finish({ code: code & 255, signal: null });
    } catch (error) {
      if (error instanceof ProcessEnded) return;
      if (error instanceof BrokenPipe) return this.#finish({ code: null, signal: 'SIGPIPE' });
      if (!(error instanceof FileFault)) onOdd(error);
      const isKnown = error instanceof FileFault || error instanceof NotInTwin;
      await this.warn(`${this.name}: ${isKnown ? error.message : String(error)}`).catch(() => {});
      this.#finish({ code: error instanceof FileFault ? 1 : isKnown ? 127 : 70, signal: null });
    }
  }

  /** Handlers run instead of the end; nothing handles SIGKILL. */
  signal(name: SignalName): void {
    if (this.#end) return;
    const handler = this.#handlers.get(name);
    if (handler && name !== 'SIGKILL') handler();
    else this.#finish({ code: null, signal: name });
  }

  /** Runs `fn` when the signal comes, instead of ending. */
  onSignal(name: SignalName, fn: () => void): void {
    this.#handlers.set(name, fn);
  }

  sleep(ms: number): Promise<void> {
    return this.#orEnded(this.clock.sleep(ms, this.#killed.signal));
  }

  /** Anything else that a program waits for: it stops waiting when its process ends. */
  wait<T>(work: Promise<T>): Promise<T> {
    return this.#orEnded(work);
  }

  /** Resolves after the next change on the disk. */
  async diskChange(): Promise<void> {
    let stop = () => {};
    const changed = new Promise<void>((resolve) => {
      stop = this.files.watch(resolve);
    });
    try {
      await this.#orEnded(changed);
    } finally {
      stop();
    }
  }

  read(maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#orEnded(this.#descriptors.stdin.read(maxBytes));
  }

  async readAll(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const piece = await this.read(64 * 1024);
      if (!piece) return Buffer.concat(pieces);
      pieces.push(piece);
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#orEnded(this.#descriptors.stdout.write(bytes));
  }

  /** One line on standard output. */
  print(line: string): Promise<void> {
    return this.write(Buffer.from(`${line}\n`));
  }

  /** One line on standard error. */
  warn(line: string): Promise<void> {
    return this.#orEnded(this.#descriptors.stderr.write(Buffer.from(`${line}\n`)));
  }

  async #orEnded<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#killed;
    // What the process no longer waits for may fail unheard.
    work.catch(() => {});
    signal.throwIfAborted();
    let onAbort = () => {};
    const killed = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([work, killed]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #finish(end: ProcessEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#descriptors.stdin.release();
    this.#descriptors.stdout.release();
    this.#descriptors.stderr.release();
    this.#killed.abort(new ProcessEnded('the process has ended'));
    this.#settle(end);
  }
}
