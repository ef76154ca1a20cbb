// A room of machines in a temporary folder, with a key that opens them, OpenSSH's programs, and ssh2's client for
// what those do not show.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Client } from 'ssh2';
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import {
  type Machine,
  type MachineRoom,
  type MachineRoomOptions,
  type MachineSpec,
  openMachineRoom,
} from '../../../src/sim/machine/index.ts';

export interface TestRoom extends AsyncDisposable {
  readonly room: MachineRoom;
  /** Everything of the test; the room's machines are below `dir`/room. */
  readonly dir: string;
  readonly publicKey: string;
  readonly privateKey: string;
  /** A started machine. */
  machine(spec?: Partial<MachineSpec>): Promise<Machine>;
  /** Runs `ssh`, `scp`, `sftp` or `rsync` against a machine, by its key. */
  run(
    program: OpenSshProgram,
    machine: Machine,
    args: readonly string[],
    stdin?: string | Buffer,
  ): Promise<Ran>;
  connect(
    machine: Machine,
    options?: { readonly privateKey?: string; readonly password?: string },
  ): Promise<Client>;
}

type OpenSshProgram = 'ssh' | 'scp' | 'sftp' | 'rsync';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** ssh2 makes about one key in 200 that cannot be read: not that one. */
export function newKey(): { readonly private: string; readonly public: string } {
  const key = ssh2.utils.generateKeyPairSync('ed25519');
  return ssh2.utils.parseKey(key.private) instanceof Error ? newKey() : key;
}

let nextInstance = 1000;

export async function aRoom(options: Partial<MachineRoomOptions> = {}): Promise<TestRoom> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vd-room-')));
  const key = newKey();
  const keyFile = join(dir, 'key');
  writeFileSync(keyFile, key.private, { mode: 0o600 });
  const room = await openMachineRoom({
    dir: join(dir, 'room'),
    clock: systemClock(),
    log: silentLog,
    ...options,
  });
  return {
    room,
    dir,
    publicKey: key.public,
    privateKey: key.private,
    machine: async (spec = {}) => {
      nextInstance += 1;
      const machine = await room.create({
        instanceId: nextInstance,
        diskGb: 10,
        env: { CONTAINER_ID: String(nextInstance) },
        authorizedKeys: () => [key.public],
        gpus: { name: 'RTX 4090', count: 2, memoryMb: 24_564, uuidSeed: 'test' },
        load: () => ({ state: 'idle' }),
        autoTmux: false,
        ...spec,
      });
      await machine.start();
      return machine;
    },
    run: (program, machine, args, stdin) => {
      const flags = ['-i', keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=no'];
      flags.push('-o', `UserKnownHostsFile=${join(dir, 'known_hosts')}`, '-o', 'LogLevel=ERROR');
      const port = String(machine.sshPort);
      if (program === 'ssh') return run('ssh', [...flags, '-p', port, 'root@127.0.0.1', ...args], stdin);
      if (program === 'rsync')
        return run('rsync', ['-e', `ssh ${flags.join(' ')} -p ${port}`, ...args], stdin);
      return run(program, [...flags, '-q', '-P', port, ...args], stdin);
    },
    connect: async (machine, login = { privateKey: key.private }) => {
      const client = new ssh2.Client();
      // A machine that refuses or stops resets its connections.
      client.on('error', () => {});
      client.connect({ host: '127.0.0.1', port: machine.sshPort, username: 'root', ...login });
      await once(client, 'ready');
      // ssh2 writes a packet in pieces: without this each request waits 40 ms for an acknowledgement.
      client.setNoDelay(true);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await room.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export async function run(
  program: string,
  args: readonly string[],
  stdin: string | Buffer = '',
): Promise<Ran> {
  const child = spawn(program, args);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString('latin1');
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString('latin1');
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Resolves once the text that a stream has sent so far holds `sought`; with all of it. */
export function untilText(stream: NodeJS.ReadableStream, sought: string | RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const look = (bytes: Buffer) => {
      text += bytes.toString();
      if (typeof sought === 'string' ? text.includes(sought) : sought.test(text)) {
        stream.off('data', look);
        resolve(text);
      }
    };
    stream.on('data', look);
    stream.once('end', () => reject(new Error(`The stream ended without ${String(sought)}: ${text}`)));
  });
}
