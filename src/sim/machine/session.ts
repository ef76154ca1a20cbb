// One SSH session: a command, a shell with or without a terminal, or the SFTP subsystem.
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel, Session } from 'ssh2';
import { assert, type Log } from '../../base/std/index.ts';
import { createChannelOutput } from './channel-output.ts';
import { type Container, ContainerEndedError, exited, type InsideProcess } from './container.ts';
import { serveSftp } from './sftp/serve-sftp.ts';
import type { SftpDisk } from './sftp/sftp-disk.ts';
import { makeStandardPipes } from './standard-pipes.ts';
import {
  hasTerminals,
  openTerminal,
  type Terminal,
  type TerminalRequest,
  type TerminalSize,
} from './terminal.ts';

export interface SessionHost {
  readonly container: Container;
  /** Of each new process. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly sftpDisk: SftpDisk;
  readonly log: Log;
}

/** Variables that a client may set, as sshd does by default; others are refused there too. */
const CLIENT_VARIABLES = /^(LANG|LC_[A-Z]+)$/;

/** What runs in a session, with our ends of its standard streams. */
interface Job {
  readonly inside: InsideProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  signal(signal: NodeJS.Signals): void;
  readonly terminal: Terminal | undefined;
}

export function serveSession(session: Session, host: SessionHost): void {
  const variables: Record<string, string> = {};
  let pty: { term: string; size: TerminalSize } | undefined;
  let job: Job | undefined;
  session.on('env', (accept, reject, { key, val }) => {
    if (!CLIENT_VARIABLES.test(key)) return reject?.();
    variables[key] = val;
    accept?.();
  });
  session.on('pty', (accept, reject, { term, rows, cols }) => {
    if (!hasTerminals()) return reject?.();
    // ssh2's types lack the name of the terminal's kind for some clients, which send none.
    pty = { term: term ?? '', size: { rows, cols } };
    accept?.();
  });
  session.on('window-change', (accept, _reject, { rows, cols }) => {
    if (pty) pty = { ...pty, size: { rows, cols } };
    job?.terminal?.resize({ rows, cols });
    accept?.();
  });
  session.on('signal', (accept, _reject, { name }) => {
    const signal = `SIG${name}` as NodeJS.Signals;
    if (signal in constants.signals) job?.signal(signal);
    accept?.();
  });
  session.on('eof', () => {
    // ssh2 1.17 answers no request after the client's last byte of input; a signal is often sent after it.
    (session as { _ending?: boolean })._ending = false;
  });
  const begin = (channel: ServerChannel, command: string | undefined) => {
    const env = { ...host.env(), ...variables };
    const starting = pty
      ? startTerminal(host, { ...pty, command, env })
      : startCommand(host, command === undefined ? ['-l'] : ['-c', command], env);
    starting.then(
      (started) => {
        job = started;
        attach(channel, started);
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (!(error instanceof ContainerEndedError)) host.log.warn('a session could not start', { error });
        channel.stderr.write(`${message}\n`);
        channel.exit(255);
        channel.end();
      },
    );
  };
  session.on('exec', (accept, _reject, { command }) => begin(accept(), command));
  session.on('shell', (accept) => begin(accept(), undefined));
  // Taken as a subsystem, not as ssh2's own 'sftp': its server loses flags without TRUNC and the exit status.
  session.on('subsystem', (accept, reject, { name }) => {
    if (name !== 'sftp') return reject();
    serveSftp(accept(), host.sftpDisk);
  });
}

async function startTerminal({ container }: SessionHost, request: TerminalRequest): Promise<Job> {
  const terminal = await openTerminal(container, request);
  const { inside } = terminal;
  const { stdin, stdout, stderr } = inside.child;
  assert(stdin && stdout && stderr, 'A terminal has its standard streams');
  return { inside, stdin, stdout, stderr, signal: (name) => terminal.signal(name), terminal };
}

async function startCommand(
  { container }: SessionHost,
  bashArgs: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Job> {
  const pipes = await makeStandardPipes();
  const { stdin, stdout, stderr } = pipes;
  try {
    const inside = await container.spawn({
      command: ['/bin/bash', ...bashArgs],
      env,
      stdio: [...pipes.theirs],
    });
    return { inside, stdin, stdout, stderr, signal: (name) => inside.signal(name), terminal: undefined };
  } catch (error) {
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    throw error;
  } finally {
    pipes.closeTheirs();
  }
}

/** Joins a process to its channel, both ways, until both have ended. */
function attach(channel: ServerChannel, { inside, stdin, stdout, stderr, terminal }: Job): void {
  const { child } = inside;
  const output = createChannelOutput(channel);
  // A process need not read what it is sent; the rest is thrown away, so that the channel can end.
  stdin.on('error', () => channel.resume());
  stdin.on('close', () => channel.resume());
  // A terminal has no end of input of its own: sshd keeps it open too.
  channel.pipe(stdin, { end: terminal === undefined });
  const relayed = Promise.all([output.relay(stdout, 'stdout'), output.relay(stderr, 'stderr')]);
  let isClosed = false;
  channel.once('close', () => {
    isClosed = true;
    // First of all: at the end of its own input `script` would type Ctrl-D, and a shell in tmux would end by it.
    terminal?.hangUp();
    stdin.destroy();
  });
  // The status goes out when the process ends, as from sshd, though others may still hold its output open.
  child.once('exit', (code, signal) => {
    if (isClosed) return;
    if (code !== null) channel.exit(code);
    else channel.exit((signal ?? 'SIGKILL').slice('SIG'.length), false, '');
  });
  void Promise.all([relayed, exited(child)]).then(() => {
    stdin.destroy();
    if (!isClosed) channel.end();
  });
}
