// How a boot can fail: the causes, whom each tells against, and the errors that people see.

/**
 * `pull-limit` to `port-bind`: the daemon's own words. `container-start`: the container was made and does not start.
 * `boot-failed`: the contract fell back to stopped and nobody said why. `no-gpu`: its GPUs went to others. `lost`: no
 * word from the host. `too-slow`: the pull cannot end before the time is over. `timeout`: the time is over.
 * `ssh`: it runs and cannot be entered. `key-refused`: its SSH server takes none of our keys.
 */
export const BOOT_FAILURES = [
  'pull-limit',
  'no-manifest',
  'unauthorised',
  'no-space',
  'port-bind',
  'container-start',
  'boot-failed',
  'stopped',
  'exited',
  'lost',
  'no-gpu',
  'too-slow',
  'timeout',
  'ssh',
  'key-refused',
  'host-key-changed',
  'wrong-gpu',
] as const;
export type BootFailure = (typeof BOOT_FAILURES)[number];

/**
 * What a failure tells against: the machine, which is then better left alone for a while; what was launched, which
 * fails on every machine; or nobody, for what may be either or was done on purpose.
 */
export type Blame = 'machine' | 'launch' | 'nobody';

const BLAME: Readonly<Record<BootFailure, Blame>> = {
  // Registries count pulls by address: the next machine has another one.
  'pull-limit': 'machine',
  'no-manifest': 'launch',
  unauthorised: 'launch',
  'no-space': 'nobody',
  'port-bind': 'machine',
  'container-start': 'machine',
  'boot-failed': 'nobody',
  stopped: 'nobody',
  exited: 'nobody',
  lost: 'machine',
  'no-gpu': 'nobody',
  'too-slow': 'machine',
  timeout: 'machine',
  ssh: 'machine',
  'key-refused': 'machine',
  'host-key-changed': 'machine',
  'wrong-gpu': 'machine',
};

export function blameFor(failure: BootFailure): Blame {
  return BLAME[failure];
}

/** "Instance N failed to start: …", with the daemon's last lines. The instance is still there, and costs. */
export class InstanceStartError extends Error {
  override name = 'InstanceStartError';
  readonly instanceId: number;
  readonly failure: BootFailure;

  constructor(instanceId: number, failure: BootFailure, message: string) {
    super(message);
    this.instanceId = instanceId;
    this.failure = failure;
  }
}

/** "Error connecting via SSH: …": the instance runs and cannot be entered. It is still there, and costs. */
export class SshConnectError extends Error {
  override name = 'SshConnectError';
  readonly instanceId: number;
  readonly failure: BootFailure;

  constructor(instanceId: number, failure: BootFailure, message: string) {
    super(message);
    this.instanceId = instanceId;
    this.failure = failure;
  }
}

const OF_SSH: readonly BootFailure[] = ['ssh', 'key-refused', 'host-key-changed'];

export function bootError(
  instanceId: number,
  failure: BootFailure,
  sentence: string,
): InstanceStartError | SshConnectError {
  const Kind = OF_SSH.includes(failure) ? SshConnectError : InstanceStartError;
  return new Kind(instanceId, failure, sentence);
}

/** `Instance N failed to start: <why>; <advice>. The daemon's last words: "…"`. */
export function startSentence(
  instanceId: number,
  {
    why,
    advice,
    lines,
  }: { readonly why: string; readonly advice: string; readonly lines: readonly string[] },
): string {
  const last = lines.map((line) => line.trim()).filter((line) => line !== '');
  const words = last.slice(-LINES_SHOWN).map((line) => JSON.stringify(cut(line)));
  const said =
    words.length === 0 ? 'The daemon said nothing' : `The daemon's last words: ${words.join(', ')}`;
  return `Instance ${instanceId} failed to start: ${why}; ${advice}. ${said}`;
}

export function sshSentence(instanceId: number, why: string, advice: string): string {
  return `Error connecting via SSH: instance ${instanceId} ${why}; ${advice}`;
}

const LINES_SHOWN = 3;
const LINE_CHARS = 240;

function cut(line: string): string {
  return line.length > LINE_CHARS ? `${line.slice(0, LINE_CHARS)}…` : line;
}
