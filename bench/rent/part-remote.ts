// Transfers against OpenSSH's scp on the same loopback and the same server, in pairs, and how fast a line of a log is
// shown. Shares of scp's speed are told as shares of its time: 0.8 of the speed is 125 % of the time.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, createRandom, silentLog, systemClock } from '../../src/base/std/index.ts';
import { connectShell } from '../../src/net/ssh/index.ts';
import {
  createRemoteLog,
  createShellPool,
  createTransfers,
  type OpenShell,
  type RemoteTarget,
} from '../../src/rent/remote/index.ts';
import { progress } from '../child.ts';
import type { Report } from '../lines.ts';
import { median, quantile } from '../statistics.ts';
import { type OwnSshd, startOwnSshd, whyNoSshd } from './own-sshd.ts';

const FILE_BYTES = 1024 ** 3;
const SMALL_FILES = 10_000;
const SMALL_BYTES = 5_000;
const ROUNDS = 3;
const LINES = 200;

const BUDGETS = { programs: 125, 'own put': 200, 'own get': 334 } as const;

export async function measureRemote(report: Report): Promise<void> {
  const obstacle = whyNoSshd();
  if (obstacle) return progress(`transfers are not measured here: ${obstacle}`);
  const base = mkdtempSync(join(tmpdir(), 'vd-bench-remote-'));
  try {
    await using sshd = await startOwnSshd(base);
    await using pool = makePool(sshd);
    const world = makeWorld(base, sshd, pool.opener('far'));
    await measureFile(world, report);
    await measureTree(world, report);
    await measureLog(world, report, { folder: world.far, on: '' });
    // What an instance has: there tail(1) is not told when a file grows.
    const overlay = mountOverlay(base);
    if (overlay) await measureLog(world, report, { folder: overlay, on: ', on overlayfs' });
    else progress('logs on overlayfs are not measured here: it cannot be mounted');
  } finally {
    spawnSync('umount', [join(base, 'overlay')], { stdio: 'ignore' });
    rmSync(base, { recursive: true, force: true });
  }
}

interface World {
  readonly base: string;
  /** Where the far end's files are; absolute, since its SFTP server begins in the user's real home. */
  readonly far: string;
  readonly target: RemoteTarget;
  /** By OpenSSH's programs, and by our own connection alone. */
  readonly programs: ReturnType<typeof createTransfers>;
  readonly own: ReturnType<typeof createTransfers>;
  scp(args: readonly string[]): Promise<void>;
}

/** As the program has it: one connection for everything. */
function makePool({ port, username, hostKey, userKey }: OwnSshd) {
  const clock = systemClock();
  return createShellPool<string>({
    clock,
    random: createRandom('bench'),
    log: silentLog,
    connect: () =>
      connectShell({
        host: '127.0.0.1',
        port,
        username,
        privateKeys: [userKey.privateKey],
        hostKey: { kind: 'pinned', fingerprint: hostKey.fingerprint },
        clock,
      }),
  });
}

function makeWorld(base: string, sshd: OwnSshd, open: OpenShell): World {
  const { port, username, hostKey, userKey } = sshd;
  const target: RemoteTarget = { clock: systemClock(), random: createRandom('bench'), log: silentLog, open };
  const keyFile = join(base, 'user-key');
  writeFileSync(keyFile, userKey.privateKey.reveal(), { mode: 0o600 });
  const flags = ['-q', '-P', String(port), '-i', keyFile, '-o', 'StrictHostKeyChecking=no'];
  flags.push('-o', `UserKnownHostsFile=${base}/scp-hosts`, '-o', 'LogLevel=ERROR');
  const far = join(base, 'far');
  mkdirSync(far);
  return {
    base,
    far,
    target,
    own: createTransfers(target),
    programs: createTransfers(target, {
      openSsh: {
        host: '127.0.0.1',
        port,
        username,
        privateKeys: [userKey.privateKey],
        hostKey: { fingerprint: hostKey.fingerprint },
      },
    }),
    scp: (args) =>
      new Promise((resolve, reject) => {
        const [from = '', to = ''] = args
          .slice(-2)
          .map((word) => word.replace(/^FAR:/, `${username}@127.0.0.1:`));
        const child = spawn('scp', [...flags, ...args.slice(0, -2), from, to], { stdio: 'inherit' });
        child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`scp ended with ${code}`))));
      }),
  };
}

type Way = 'scp' | 'programs' | 'own';
const WAYS: readonly Way[] = ['scp', 'programs', 'own'];

/**
 * Each round takes all ways one after the other, so that what else the machine does meets them alike, and each begins
 * once: whoever is last writes while the disk still has the others' bytes to write. `place` is removed beforehand.
 */
async function inRounds(
  place: (way: Way, round: number) => string,
  work: (way: Way, to: string) => Promise<void>,
): Promise<Record<Way, number[]>> {
  const clock = systemClock();
  const times: Record<Way, number[]> = { scp: [], programs: [], own: [] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (let turn = 0; turn < WAYS.length; turn += 1) {
      const way = WAYS[(turn + round) % WAYS.length] as Way;
      const to = place(way, round);
      rmSync(to, { recursive: true, force: true });
      const startMs = clock.monotonic();
      await work(way, to);
      times[way].push(clock.monotonic() - startMs);
    }
  return times;
}

function tell(report: Report, what: string, direction: 'put' | 'get', times: Record<Way, number[]>): void {
  report(`${what}, ${direction} by scp: median`, median(times.scp), 'ms');
  for (const way of ['programs', 'own'] as const) {
    const name = way === 'programs' ? 'by rsync or scp spawned' : 'by our own connection';
    report(`${what}, ${direction} ${name}: median`, median(times[way]), 'ms');
    const budget = way === 'programs' ? BUDGETS.programs : BUDGETS[`own ${direction}`];
    const shares = times[way].map((ms, round) => (100 * ms) / (times.scp[round] as number));
    report(`${what}, ${direction} ${name}, of scp's time`, median(shares), '%', budget);
  }
}

async function measureFile(world: World, report: Report): Promise<void> {
  const { base, far } = world;
  const from = join(base, 'file');
  writeNoise(from, FILE_BYTES);
  const sum = await digest(from);
  const sent = (way: Way) => join(far, `file-${way}`);
  const put = await inRounds(sent, async (way, to) => {
    if (way === 'scp') await world.scp([from, `FAR:${to}`]);
    else await world[way].upload({ from, to });
  });
  for (const way of WAYS) assert((await digest(sent(way))) === sum, `${way} sent other bytes`);
  tell(report, '1 GiB in one file', 'put', put);
  const back = (way: Way) => join(base, `back-${way}`);
  const get = await inRounds(back, async (way, to) => {
    if (way === 'scp') await world.scp([`FAR:${sent('scp')}`, to]);
    else await world[way].download({ from: sent('scp'), to });
  });
  for (const way of WAYS) assert((await digest(back(way))) === sum, `${way} fetched other bytes`);
  tell(report, '1 GiB in one file', 'get', get);
  for (const path of [from, ...WAYS.map(sent), ...WAYS.map(back)]) rmSync(path);
}

async function measureTree(world: World, report: Report): Promise<void> {
  const { base, far } = world;
  const from = join(base, 'tree');
  const random = createRandom('small files');
  for (let at = 0; at < SMALL_FILES; at += 1) {
    const folder = join(from, `folder-${at % 100}`);
    if (at < 100) mkdirSync(folder, { recursive: true });
    const bytes = Buffer.alloc(SMALL_BYTES);
    for (let word = 0; word + 4 <= SMALL_BYTES; word += 4)
      bytes.writeUInt32LE(random.int(0, 2 ** 32 - 1), word);
    writeFileSync(join(folder, `file-${at}`), bytes);
  }
  const sent = (way: Way, round: number) => join(far, `tree-${way}-${round}`);
  const put = await inRounds(sent, async (way, to) => {
    if (way === 'scp') await world.scp(['-r', from, `FAR:${to}`]);
    else await world[way].upload({ from, to });
  });
  tell(report, '10,000 files of 5 kB', 'put', put);
  const back = (way: Way, round: number) => join(base, `back-${way}-${round}`);
  const get = await inRounds(back, async (way, to) => {
    if (way === 'scp') await world.scp(['-r', `FAR:${sent('scp', 0)}`, to]);
    else await world[way].download({ from: sent('scp', 0), to });
    assert(statSync(join(to, 'folder-99/file-9999')).size === SMALL_BYTES, `${way} fetched the last file`);
  });
  tell(report, '10,000 files of 5 kB', 'get', get);
}

function mountOverlay(base: string): string | undefined {
  const at = (name: string) => join(base, name);
  const folder = at('overlay');
  for (const name of ['lower', 'upper', 'work', 'overlay']) mkdirSync(at(name));
  const layers = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
  const { status } = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, folder], {
    stdio: 'ignore',
  });
  return status === 0 ? folder : undefined;
}

/** The machine is this one: its clock and ours are the same. */
async function measureLog(
  { target }: World,
  report: Report,
  { folder, on }: { readonly folder: string; readonly on: string },
): Promise<void> {
  const path = join(folder, 'log');
  writeFileSync(path, '');
  const log = createRemoteLog(target, { path });
  const delays: number[] = [];
  await using shell = await target.open();
  let writing: Promise<unknown> | undefined;
  let rest = '';
  const stopping = new AbortController();
  try {
    const command = `for i in $(seq ${LINES}); do date +%s%N >> ${path}; sleep 0.02; done`;
    // The reader stands before the first line is written.
    target.clock.setTimer(1_000, () => {
      writing = shell.exec(command);
    });
    for await (const { bytes } of log.read(0, { follow: true, signal: stopping.signal })) {
      const nowMs = target.clock.now();
      const lines = (rest + Buffer.from(bytes).toString()).split('\n');
      rest = lines.pop() ?? '';
      delays.push(...lines.map((line) => nowMs - Number(BigInt(line) / 1_000_000n)));
      if (delays.length >= LINES) break;
    }
  } finally {
    stopping.abort();
    await writing;
  }
  report(`a line written on the machine until it is here${on}: p95`, quantile(delays, 0.95), 'ms', 250);
  report(`a line written on the machine until it is here${on}: median`, median(delays), 'ms');
}

function writeNoise(path: string, bytes: number): void {
  const random = createRandom('noise');
  const piece = new Uint32Array(1024 * 1024);
  writeFileSync(path, '');
  for (let done = 0; done < bytes; done += piece.byteLength) {
    // One draw a piece, spread by a small generator: nothing of it shrinks.
    let state = random.int(1, 2 ** 32 - 1);
    for (let at = 0; at < piece.length; at += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      piece[at] = state;
    }
    writeFileSync(path, piece, { flag: 'a' });
  }
}

async function digest(path: string): Promise<string> {
  const hash: Hash = createHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(bytes as Buffer);
  return hash.digest('hex');
}
