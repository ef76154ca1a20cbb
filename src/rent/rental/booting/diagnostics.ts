// What an instance can still tell before it is destroyed, kept in a file: logs, its row, and what SSH shows.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type Log, makeFolder, type Secret } from '../../../base/std/index.ts';
import type { Instance, VastClient } from '../../../net/vast/index.ts';
import type { ConnectInstance } from './instance-connector.ts';
import { readLog } from './read-log.ts';
import { createRedact } from './redact.ts';

export interface DiagnosticsOptions {
  readonly client: Pick<VastClient, 'instances'>;
  readonly instance: Instance;
  /** Without it SSH is not tried. */
  readonly connect?: ConnectInstance;
  /** Made when missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Taken out beside what looks like a secret: the values of the launch's environment. */
  readonly secrets?: readonly (Secret | string)[];
  /** Of each log; default 500. */
  readonly lines?: number;
  /** For all of it; default 45 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const LOG_TIMEOUT_MS = 12_000;
const SSH_TIMEOUT_MS = 15_000;
/** The end of a long text tells more than its beginning. */
const COMMAND_BYTES = 64 * 1024;
/** What a wedged driver or a full disk does to one of them stays with that one. */
const COMMANDS = [
  'nvidia-smi',
  'df -h',
  'dmesg | tail -n 100',
  'tail -n 200 /var/log/onstart.log',
  'ps -eo pid,etimes,stat,args | head -n 60',
];
const COMMAND_TIMEOUT_MS = 8_000;

/**
 * Writes `instance-<id>-<time>.txt` and returns its path. What cannot be had is said in the file; undefined when the
 * file cannot be written or the signal ended it: a destroy never waits for more, nor fails by it.
 */
export async function saveDiagnostics(options: DiagnosticsOptions): Promise<string | undefined> {
  const { client, instance, connect, folder, clock, log, lines = 500, timeoutMs = 45_000 } = options;
  const secrets = [...(options.secrets ?? []), ...(instance.jupyterToken ? [instance.jupyterToken] : [])];
  const redact = createRedact(secrets);
  const over = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => over.abort(new Error(`it took longer than ${timeoutMs} ms`)));
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
  const logText = async (which: 'daemon' | 'container') => {
    const wanted = { instanceId: instance.id, which, lines, timeoutMs: LOG_TIMEOUT_MS, redact, signal };
    const found = await readLog({ client, clock, log }, wanted);
    return found === undefined ? '(not to be had)' : found.join('\n');
  };
  try {
    const takenAt = new Date(clock.now()).toISOString();
    const parts = await Promise.all([
      section('instance', async () => JSON.stringify(instance, undefined, 2)),
      section('daemon log', () => logText('daemon')),
      section('container log', () => logText('container')),
      section('over SSH', () =>
        orAborted(signal, connect ? askOverSsh(connect, instance, signal) : '(not tried)'),
      ),
    ]);
    const text = `Instance ${instance.id}, ${takenAt}\n\n${parts.map(({ title, text }) => `== ${title} ==\n${redact(text)}\n`).join('\n')}`;
    return write(folder, `instance-${instance.id}-${takenAt.replaceAll(/[:.]/g, '')}.txt`, text);
  } catch (error) {
    log.warn('diagnostics could not be kept', { instance: instance.id, folder, error: String(error) });
    return undefined;
  } finally {
    timer.cancel();
  }
}

interface Section {
  readonly title: string;
  readonly text: string;
}

async function section(title: string, tell: () => Promise<string>): Promise<Section> {
  try {
    return { title, text: await tell() };
  } catch (error) {
    return { title, text: `(not to be had: ${error instanceof Error ? error.message : String(error)})` };
  }
}

/** A connection that does not heed the signal is left behind; it closes itself. */
function orAborted(signal: AbortSignal, work: Promise<string> | string): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    Promise.resolve(work).then(resolve, reject);
  });
}

async function askOverSsh(
  connect: ConnectInstance,
  instance: Instance,
  signal: AbortSignal,
): Promise<string> {
  await using shell = await connect(instance, { signal, timeoutMs: SSH_TIMEOUT_MS });
  const answers = await Promise.all(
    COMMANDS.map(async (command) => {
      const { text } = await section(command, async () => {
        const { stdout, stderr } = await shell.exec(`{ ${command}; } 2>&1 | tail -c ${COMMAND_BYTES}`, {
          timeoutMs: COMMAND_TIMEOUT_MS,
          signal,
        });
        return stdout + stderr;
      });
      return `$ ${command}\n${text}`;
    }),
  );
  return answers.join('\n');
}

/** In one piece, for the owner's eyes. */
function write(folder: string, name: string, text: string): string {
  makeFolder(folder);
  const path = join(folder, name);
  const draft = `${path}.part`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return path;
}
