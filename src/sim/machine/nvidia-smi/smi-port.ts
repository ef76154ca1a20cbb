// The simulator's end of nvidia-smi. The stand-in inside a machine is a bash script that sends its arguments to this
// loopback port and prints what comes back: figures are those of the moment, and no process waits between calls.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type Clock, freshSeed, type Log, type Timer } from '../../../base/std/index.ts';
import { parseSmiCommand } from './command.ts';
import { type GpuFigures, type GpuLoad, type GpuModel, gpuFigures } from './gpu-load.ts';

export interface SmiPort {
  /** The script of a machine with these GPUs. */
  addMachine(gpus: GpuModel, load: () => GpuLoad): SmiStandIn;
  close(): Promise<void>;
}

export interface SmiStandIn {
  readonly script: string;
  /** The script then fails as with a GPU that has fallen off the bus. */
  remove(): void;
}

interface Client {
  readonly gpus: GpuModel;
  readonly load: () => GpuLoad;
}

/** More arguments than this are not nvidia-smi's. */
const ARGUMENTS_MAX = 64;

/** The code with which nvidia-smi ends when it cannot reach the driver. */
const NO_DRIVER_CODE = 9;

export async function openSmiPort({ clock, log }: { clock: Clock; log: Log }): Promise<SmiPort> {
  const clients = new Map<string, Client>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // The script was ended: there is nobody left to answer.
    socket.on('error', () => socket.destroy());
    readArguments(socket, (token, args) => {
      const client = clients.get(token);
      if (client) answer({ socket, client, args, clock });
      else socket.end(`${NO_DRIVER_CODE}\nNo devices were found\n`);
    });
  });
  server.on('error', (error) => log.warn('the port of nvidia-smi has a fault', { error }));
  server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const { port } = server.address() as AddressInfo;
  return {
    addMachine: (gpus, load) => {
      const token = `${freshSeed()}${freshSeed()}`;
      clients.set(token, { gpus, load });
      return { script: scriptFor(port, token), remove: () => void clients.delete(token) };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The first line is the token, the second the number of arguments, then one a line. */
function readArguments(socket: Socket, onRead: (token: string, args: readonly string[]) => void): void {
  const lines: string[] = [];
  const reader = createInterface({ input: socket });
  // It emits the socket's errors anew, and one that nobody hears ends the process; the socket's own listener has seen to it.
  reader.on('error', () => {});
  reader.on('line', (line) => {
    lines.push(line);
    const [token = '', count, ...args] = lines;
    if (count === undefined) return;
    if (!(Number(count) <= ARGUMENTS_MAX)) {
      socket.destroy();
      return;
    }
    if (args.length < Number(count)) return;
    // The socket stays readable, so that the end of the script is noticed.
    reader.removeAllListeners('line');
    onRead(token, args);
  });
}

interface Answer {
  readonly socket: Socket;
  readonly client: Client;
  readonly args: readonly string[];
  readonly clock: Clock;
}

function answer({ socket, client, args, clock }: Answer): void {
  const command = parseSmiCommand(args);
  if (command.kind === 'fault') {
    socket.end(`${command.code}\n${command.text}`);
    return;
  }
  const chosen = () => {
    const all = gpuFigures(client.gpus, client.load(), clock.now());
    return { all, gpus: command.only ? all.filter((gpu) => isNamed(gpu, command.only ?? [])) : all };
  };
  if (command.only && chosen().gpus.length < command.only.length) {
    socket.end('6\nNo devices were found\n');
    return;
  }
  socket.write('0\n');
  let timer: Timer | undefined;
  socket.once('close', () => timer?.cancel());
  const showRound = (round: number) => {
    socket.write(command.screen(chosen().gpus, clock.now(), round));
    if (round + 1 >= command.rounds) socket.end();
    else timer = clock.setTimer(command.periodMs, () => showRound(round + 1));
  };
  showRound(0);
}

function isNamed(gpu: GpuFigures, names: readonly string[]): boolean {
  return names.includes(String(gpu.index)) || names.includes(gpu.uuid);
}

/** Bash alone, since it must run wherever the simulator does: it opens TCP connections by itself. */
function scriptFor(port: number, token: string): string {
  return `#!/bin/bash
# Stands in for nvidia-smi: the figures come from the simulator.
if ! { exec 3<>/dev/tcp/127.0.0.1/${port}; } 2>/dev/null; then
  echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
  exit ${NO_DRIVER_CODE}
fi
printf '%s\\n' ${token} $# "$@" >&3
IFS= read -r code <&3 || exit ${NO_DRIVER_CODE}
cat <&3
exit "$code"
`;
}
