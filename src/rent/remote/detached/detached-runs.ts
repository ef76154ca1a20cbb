// Commands on the target that outlive our connection, our process and our sleep.
import type { RemoteShell } from '../../../net/ssh/index.ts';
import { type RemoteTarget, whileReconnecting } from '../reconnect.ts';
import { parseStatus, type RunStatus, tellsOfKill } from './run-status.ts';
import {
  ENVIRONMENT_MARK,
  INPUT_CUT,
  KERNEL_LOG_SCRIPT,
  type RunPlace,
  signalScript,
  startScript,
  statusScript,
} from './scripts.ts';

export interface StartRun {
  /** One name for one run, for ever: letters, digits, `.`, `_`, `-`. */
  readonly runId: string;
  /** A script for bash, or for sh where there is none. It never shows in the process list. */
  readonly command: string;
  /** Values go by standard input and live only in the processes' memory. */
  readonly env?: Readonly<Record<string, string>>;
  /** Made when missing; default the home folder. */
  readonly workdir?: string;
  readonly signal?: AbortSignal;
}

export interface EndRun {
  /** Default `TERM`. */
  readonly name?: 'TERM' | 'INT' | 'HUP' | 'USR1' | 'USR2' | 'KILL';
  /** What is left of the process group after it is killed; without, nothing is. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

export interface DetachedRuns {
  /**
   * Starts the command, unless a run of this id was ever started on the target: that one is told then, whatever its
   * state. Resolves once the run is there. Throws RunStartError when the target cannot start it.
   */
  start(run: StartRun): Promise<RunStatus>;
  status(runId: string, options?: { readonly signal?: AbortSignal }): Promise<RunStatus>;
  /** Signals the whole process group of a run that runs; nothing happens to any other. Look at `status` for the end. */
  signal(runId: string, options?: EndRun): Promise<void>;
  /** Standard output and standard error of the run, as one file; relative to the home folder where `folder` is. */
  logPath(runId: string): string;
}

/** The target did not start the run; `runId` may be used again. */
export class RunStartError extends Error {
  override name = 'RunStartError';
  readonly runId: string;

  constructor(runId: string, said: string) {
    super(
      `The target did not start run ${runId}: ${said}; free its disk or mend the folder, then start again`,
    );
    this.runId = runId;
  }
}

const FOLDER = '.vastdeck/runs';

/** A command that sends and waits for no work of its own; the start waits up to 5 s for its process. */
const ANSWER_MS = 60_000;

/** Only our own input can be cut; a connection that is lost says so by itself. */
const CUT_TRIES = 3;

/** `folder` holds one folder a run, private to the user; default `.vastdeck/runs` in the home folder. */
export function createDetachedRuns(
  target: RemoteTarget,
  { folder = FOLDER }: { readonly folder?: string } = {},
): DetachedRuns {
  if (folder.startsWith('-')) throw new TypeError(`The folder of runs ${folder} must not begin with "-"`);
  const place = (runId: string): RunPlace => {
    if (!/^\w[\w.-]{0,99}$/.test(runId))
      throw new TypeError(
        `${JSON.stringify(runId)} cannot name a run; use up to 100 letters, digits, ".", "_" and "-"`,
      );
    return { folder, runId };
  };
  const ask = <T>(what: string, signal: AbortSignal | undefined, work: (shell: RemoteShell) => Promise<T>) =>
    whileReconnecting(target, work, { what, signal });

  const statusBy = async (shell: RemoteShell, runId: string, signal?: AbortSignal): Promise<RunStatus> => {
    const { stdout } = await shell.exec(statusScript(place(runId)), limits(signal));
    const status = parseStatus(stdout, target.clock.now());
    if (status.state !== 'lost' || status.reason !== 'killed') return status;
    const kernel = await shell.exec(KERNEL_LOG_SCRIPT, limits(signal));
    const pids = [...stdout.matchAll(/^(?:owner|child) (\d+)/gm)].map((found) => Number(found[1]));
    return tellsOfKill(kernel.stdout, pids) ? { ...status, reason: 'out-of-memory' } : status;
  };

  return {
    async start({ runId, command, env = {}, workdir = '.', signal }) {
      const bytes = Buffer.from(command.endsWith('\n') ? command : `${command}\n`);
      const script = startScript(place(runId), workdir, bytes.length);
      return await ask('start a run', signal, async (shell) => {
        for (let tries = 1; ; tries += 1) {
          const { code, stderr } = await shell.exec(script, {
            ...limits(signal),
            env: { ...env, ...ENVIRONMENT_MARK },
            stdin: bytes,
          });
          if (code === INPUT_CUT && tries < CUT_TRIES) continue;
          if (code !== 0) throw new RunStartError(runId, stderr.trim() || `exit code ${code}`);
          const status = await statusBy(shell, runId, signal);
          if (status.state === 'not-started')
            throw new RunStartError(runId, 'its supervisor left no trace; are setsid and ln there');
          return status;
        }
      });
    },
    status: (runId, { signal } = {}) =>
      ask('look at a run', signal, (shell) => statusBy(shell, runId, signal)),
    async signal(runId, { name = 'TERM', graceMs, signal } = {}) {
      const grace = graceMs === undefined ? undefined : Math.ceil(graceMs / 1000);
      const script = signalScript(place(runId), name, grace);
      await ask('signal a run', signal, (shell) => shell.exec(script, limits(signal)));
    },
    logPath: (runId) => `${folder}/${place(runId).runId}/log`,
  };
}

function limits(signal: AbortSignal | undefined) {
  return signal ? { signal, timeoutMs: ANSWER_MS } : { timeoutMs: ANSWER_MS };
}
