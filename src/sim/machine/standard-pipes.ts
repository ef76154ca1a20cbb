// Pipes for a command's standard streams. Node gives its children sockets, on which `tee /dev/stderr` or
// `bash /dev/stdin` fail; sshd gives pipes, on which they work. A shell makes them, since Node cannot, and they are
// opened through /proc. Named pipes would not do: one whose writer has gone cannot be opened for reading again.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

export interface StandardPipes {
  /** The command's ends, in the order of its descriptors; closed by `closeTheirs` once it has them. */
  readonly theirs: readonly number[];
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  closeTheirs(): void;
}

/** Holds one pipe each as descriptors 3, 4 and 5, says its own number, and waits for the end of its input. */
const HOLD_PIPES = `exec 9<&0
: | { exec 3<&0; : | { exec 4<&0; : | { exec 5<&0; read -r pid rest </proc/self/stat; echo $pid; read -r end <&9; } } }`;

export async function makeStandardPipes(): Promise<StandardPipes> {
  const holder = spawn('/bin/sh', ['-c', HOLD_PIPES], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
  const opened: number[] = [];
  const open = (path: string, flags: number): number => {
    const fd = openSync(path, flags);
    opened.push(fd);
    return fd;
  };
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  try {
    const at = `/proc/${await firstLine(holder)}/fd`;
    const theirs = [open(`${at}/3`, O_RDONLY), open(`${at}/4`, O_WRONLY), open(`${at}/5`, O_WRONLY)];
    const [input, output, complaints] = [
      open(`${at}/3`, O_WRONLY | O_NONBLOCK),
      open(`${at}/4`, O_RDONLY | O_NONBLOCK),
      open(`${at}/5`, O_RDONLY | O_NONBLOCK),
    ];
    return {
      theirs,
      stdin: new Socket({ fd: input, readable: false, writable: true }),
      stdout: new Socket({ fd: output, readable: true, writable: false }),
      stderr: new Socket({ fd: complaints, readable: true, writable: false }),
      closeTheirs: () => {
        for (const fd of theirs) closeSync(fd);
      },
    };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  } finally {
    holder.stdin?.destroy();
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
    stdout?.once('end', () => reject(new Error('A shell that makes pipes ended early')));
  });
}
