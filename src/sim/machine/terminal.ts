// A terminal for a session: `script` of util-linux opens the pseudo-terminal, since Node cannot, and `stty` sets its
// size from outside whenever the client's window changes.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Container, InsideProcess } from './container.ts';
import { shellQuote } from './disk-layout.ts';
import { childrenOf, signalProcess } from './proc-table.ts';

export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

export interface TerminalRequest {
  readonly term: string;
  readonly size: TerminalSize;
  /** A command line, or undefined for a login shell. */
  readonly command: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

export interface Terminal {
  readonly inside: InsideProcess;
  resize(size: TerminalSize): void;
  /** The other end has gone: the shell and its jobs get SIGHUP. */
  hangUp(): void;
  /** Signals the process group of the shell or command. */
  signal(signal: NodeJS.Signals): void;
}

const SCRIPT = '/usr/bin/script';

/** Where there is no `script`, sessions have no terminal. */
export function hasTerminals(): boolean {
  return existsSync(SCRIPT);
}

export async function openTerminal(container: Container, request: TerminalRequest): Promise<Terminal> {
  const { term, size, command, env } = request;
  const what = command === undefined ? 'exec -a -bash /bin/bash' : `exec /bin/bash -c ${shellQuote(command)}`;
  const words = `export SHELL=/bin/bash SSH_TTY="$(tty)"; stty ${sttyWords(size).join(' ')}; ${what}`;
  const inside = await container.spawn({
    // It reads the words below by $SHELL: of bash, which would read ~/.bashrc a second time, `exec -a` is wanted.
    command: [
      SCRIPT,
      '-q',
      '-e',
      '-f',
      '-E',
      'always',
      '-c',
      `exec /bin/bash --norc -c ${shellQuote(words)}`,
      '/dev/null',
    ],
    env: { ...env, SHELL: '/bin/sh', TERM: term === '' ? 'dumb' : term },
    stdio: 'pipe',
  });
  const shellPid = () => childrenOf(inside.leaderPid())[0] ?? 0;
  return {
    inside,
    resize: (next) => {
      const pid = shellPid();
      if (pid === 0) return;
      // Through /proc the terminal is found also when it is in namespaces of its own.
      const stty = spawn('/usr/bin/stty', ['-F', `/proc/${pid}/fd/0`, ...sttyWords(next)], {
        stdio: 'ignore',
      });
      // Without stty the size stays as it was.
      stty.on('error', () => {});
    },
    hangUp: () => {
      const pid = inside.leaderPid();
      // The end of `script` closes the terminal, and the kernel tells the shell.
      if (pid > 0) signalProcess(pid, 'SIGKILL');
    },
    signal: (signal) => {
      const pid = shellPid();
      if (pid > 0) signalProcess(-pid, signal);
    },
  };
}

/** Clients without a window say 0 by 0, which programs take for a fault. */
function sttyWords({ rows, cols }: TerminalSize): readonly string[] {
  const whole = (size: number, otherwise: number) =>
    String(Number.isInteger(size) && size > 0 && size < 65_536 ? size : otherwise);
  return ['rows', whole(rows, 24), 'cols', whole(cols, 80)];
}
