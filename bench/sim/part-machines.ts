// The machines of simulated instances: memory of 200 of them, how long a command takes in each design, and files by
// OpenSSH's own scp against Debian's sshd on the same loopback.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Client } from 'ssh2';
import ssh2 from 'ssh2';
import { silentLog, systemClock } from '../../src/base/std/index.ts';
import {
  type Isolation,
  type Machine,
  type MachineSpec,
  openMachineRoom,
} from '../../src/sim/machine/index.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { makeWorkFolder } from '../market/work-folder.ts';
import { median } from '../statistics.ts';

const MACHINES = 200;
const FILE_MB = 200;
const ROUNDS = 5;
const SSHD = '/usr/sbin/sshd';
/** On the machine in its own /tmp, with sshd in the host's. */
const REMOTE_FILE = '/tmp/vd-bench-file';

const clock = systemClock();

export async function measureMachines(report: Report): Promise<void> {
  using folder = makeWorkFolder();
  const keyFile = join(folder.path, 'key');
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile]);
  const key = { private: readFileSync(keyFile, 'utf8'), public: readFileSync(`${keyFile}.pub`, 'utf8') };
  const spec = (instanceId: number, onstart?: string): MachineSpec => ({
    instanceId,
    diskGb: 10,
    env: { CONTAINER_ID: String(instanceId) },
    authorizedKeys: () => [key.public],
    ...(onstart === undefined ? {} : { onstart }),
    gpus: { name: 'RTX 4090', count: 1, memoryMb: 24_564, uuidSeed: 'bench' },
    load: () => ({ state: 'idle' }),
    autoTmux: false,
  });
  const open = (name: string, isolation: 'auto' | Isolation) =>
    openMachineRoom({ dir: join(folder.path, name), clock, log: silentLog, isolation });

  for (const isolation of ['namespaces', 'plain'] as const) {
    const room = await open(isolation, isolation);
    const machine = await room.create(spec(1));
    await machine.start();
    const client = new ssh2.Client();
    client.connect({ host: '127.0.0.1', port: machine.sshPort, username: 'root', privateKey: key.private });
    await once(client, 'ready');
    client.setNoDelay(true);
    report(
      `machines of ${isolation}: the first command`,
      await timeOf(() => runCommand(client, 'true')),
      'ms',
    );
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) times.push(await timeOf(() => runCommand(client, 'true')));
    report(`machines of ${isolation}: a command, median of 30`, median(times), 'ms');
    const closed = once(client, 'close');
    client.end();
    await closed;
    await room.close();
  }

  const room = await open('files', 'auto');
  const machine = await room.create(spec(1));
  await machine.start();
  await measureFiles({ machine, dir: folder.path, keyFile }, report);
  await room.close();

  await measureMemory({ open, spec, keyFile }, report);
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const begun = clock.monotonic();
  await act();
  return clock.monotonic() - begun;
}

async function runCommand(client: Client, command: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      channel.resume().on('close', () => resolve());
    });
  });
}

interface FileBench {
  readonly machine: Machine;
  readonly dir: string;
  readonly keyFile: string;
}

async function measureFiles({ machine, dir, keyFile }: FileBench, report: Report): Promise<void> {
  if (!existsSync(SSHD)) return progress(`no ${SSHD} here: files are not compared`);
  const file = join(dir, 'file');
  execFileSync('sh', ['-c', `head -c ${FILE_MB * 1_000_000} /dev/urandom > "$0"`, file]);
  const sshd = await startSshd(dir, keyFile);
  const copy = async (port: number, direction: 'put' | 'get') => {
    const flags = [
      '-q',
      '-i',
      keyFile,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
    ];
    const remote = `root@127.0.0.1:${REMOTE_FILE}`;
    const ends = direction === 'put' ? [file, remote] : [remote, join(dir, 'back')];
    const ran = spawn('scp', [...flags, '-o', 'LogLevel=ERROR', '-P', String(port), ...ends], {
      stdio: 'inherit',
    });
    const [code] = (await once(ran, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`scp ended with ${code}`);
  };
  for (const direction of ['put', 'get'] as const) {
    const ours: number[] = [];
    const theirs: number[] = [];
    // In turn, so that other programs' work falls on both.
    for (let round = 0; round < ROUNDS; round += 1) {
      theirs.push(await timeOf(() => copy(sshd.port, direction)));
      ours.push(await timeOf(() => copy(machine.sshPort, direction)));
    }
    report(`machines: scp ${direction} of ${FILE_MB} MB, sshd`, median(theirs) / 1000, 's');
    report(`machines: scp ${direction} of ${FILE_MB} MB, ours`, median(ours) / 1000, 's');
    report(
      `machines: scp ${direction}, time as share of sshd's`,
      (median(ours) / median(theirs)) * 100,
      '%',
      200,
    );
  }
  const same = readFileSync(file).equals(readFileSync(join(dir, 'back')));
  report('machines: differences in the file that came back', same ? 0 : 1, 'differences', 0);
  sshd.stop();
  rmSync(REMOTE_FILE, { force: true });
}

async function startSshd(dir: string, keyFile: string): Promise<{ readonly port: number; stop(): void }> {
  const hostKey = join(dir, 'sshd-key');
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${keyFile}.pub`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'Subsystem sftp internal-sftp',
  ];
  const config = join(dir, 'sshd-config');
  writeFileSync(config, `${settings.join('\n')}\n`);
  execFileSync('mkdir', ['-p', '/run/sshd']);
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(child.stderr, 'data');
  return { port, stop: () => void child.kill() };
}

interface MemoryBench {
  readonly open: (name: string, isolation: 'auto') => ReturnType<typeof openMachineRoom>;
  readonly spec: (instanceId: number, onstart?: string) => MachineSpec;
  readonly keyFile: string;
}

async function measureMemory({ open, spec, keyFile }: MemoryBench, report: Report): Promise<void> {
  const room = await open('many', 'auto');
  const machines: Machine[] = [];
  const begun = clock.monotonic();
  for (let id = 1; id <= MACHINES; id += 1) {
    const machine = await room.create(spec(id, 'nohup sleep 100000 >/dev/null 2>&1 &'));
    machines.push(machine);
  }
  report(`machines: ${MACHINES} made`, (clock.monotonic() - begun) / 1000, 's');
  const starting = clock.monotonic();
  for (const machine of machines) await machine.start();
  report(
    `machines: ${MACHINES} started, each with an onstart that leaves a daemon`,
    (clock.monotonic() - starting) / 1000,
    's',
  );
  await clock.sleep(2_000);
  reportTree(report, `${MACHINES} with a daemon each`, { shared: 1000 });

  const flags = [
    '-i',
    keyFile,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const logins = [];
  for (const machine of machines) {
    const command = 'touch $WORKSPACE/log; echo ready; tail -F $WORKSPACE/log 2>/dev/null';
    const login = spawn('ssh', [...flags, '-p', String(machine.sshPort), 'root@127.0.0.1', command], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    logins.push(login);
    await once(login.stdout, 'data');
  }
  reportTree(report, `${MACHINES} with a daemon, a login and a tail each`, { shared: 1000 });
  for (const login of logins) login.kill();
  for (const machine of machines) await machine.reboot();
  await room.close();

  const quiet = await open('quiet', 'auto');
  for (let id = 1; id <= MACHINES; id += 1) await (await quiet.create(spec(id))).start();
  reportTree(report, `${MACHINES} that nobody is logged in to`, { resident: 1000, shared: 1000 });
  await quiet.close();
  const left = descendants(process.pid).length;
  if (left > 0) throw new Error(`${left} processes are left of the machines`);
}

/** This process and all that it started, except the logins of the bench itself. */
function reportTree(report: Report, what: string, budget: { resident?: number; shared?: number }): void {
  const pids = [process.pid, ...descendants(process.pid)];
  const memory = (pid: number, file: string, field: RegExp): number => {
    try {
      return Number(field.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      return 0; // it has ended
    }
  };
  const total = (file: string, field: RegExp) => pids.reduce((sum, pid) => sum + memory(pid, file, field), 0);
  progress(`${pids.length} processes: ${what}`);
  report(
    `machines: ${what}, resident, of all processes`,
    total('status', /VmRSS:\s+(\d+)/),
    'MB',
    budget.resident,
  );
  report(
    `machines: ${what}, shared pages counted once`,
    total('smaps_rollup', /\nPss:\s+(\d+)/),
    'MB',
    budget.shared,
  );
}

function descendants(root: number): readonly number[] {
  const parents = new Map<number, number>();
  const names = new Map<number, string>();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const close = stat.lastIndexOf(')');
      parents.set(pid, Number(stat.slice(close + 2).split(' ')[1]));
      names.set(pid, stat.slice(stat.indexOf('(') + 1, close));
    } catch {
      // It has ended.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => isBelow(pid) && names.get(pid) !== 'ssh');
}
