// A PostgreSQL of our own for the tests: Debian's server in a temporary folder, on a socket in that folder, with
// everything that only durability needs switched off.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface TestPostgres {
  /** The address of its `postgres` database; tests make their own databases beside it. */
  readonly url: string;
  stop(): Promise<void>;
}

const LINES_KEPT = 200;

/** Undefined, with the reason on stderr, where PostgreSQL is not installed or does not start. */
export async function startPostgres(): Promise<TestPostgres | undefined> {
  const bin = findBinaries();
  if (!bin) {
    process.stderr.write('PostgreSQL is not installed: the tests of the state store run on SQLite only\n');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'vd-pg-'));
  try {
    return await startIn(folder, bin);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    process.stderr.write(
      `PostgreSQL did not start (${error instanceof Error ? error.message : String(error)}): the tests of the state store run on SQLite only\n`,
    );
    return undefined;
  }
}

function findBinaries(): string | undefined {
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return undefined;
  const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(base, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

async function startIn(folder: string, bin: string): Promise<TestPostgres> {
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const initOptions = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(join(bin, 'initdb'), initOptions, { ...user, cwd: folder });
  const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=200'];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-k', folder, '-h', '', ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await readyLine(server.stderr, exited);
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      // SIGINT is PostgreSQL's fast shutdown: connections are closed, nothing is waited for.
      server.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function idOf(option: '-u' | '-g'): number {
  return Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
}

/** Resolves when the server says that it takes connections; rejects with its last lines when it ends first. */
function readyLine(stderr: NodeJS.ReadableStream, exited: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    stderr.on('data', (chunk) => {
      lines.push(String(chunk));
      if (lines.length > LINES_KEPT) lines.shift();
      if (lines.join('').includes('ready to accept connections')) resolve();
    });
    void exited.then(() => reject(new Error(lines.join('').trim().split('\n').slice(-2).join(' '))));
  });
}
