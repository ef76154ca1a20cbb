// Transfers to and from a real machine over real SSH: whole, in place, and on from where they broke.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NoSuchFileError, RemoteFileError } from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import {
  createTransfers,
  PlaceTakenError,
  type TransferProgress,
  UnsafePathError,
} from '../../../src/rent/remote/index.ts';
import { aTransferPlace } from './a-transfer-place.ts';

const MIB = 1024 * 1024;

const place = aTransferPlace();
const { here, write, hash, far } = place;
const farHash = async (path: string) => (await far(`sha256sum ${path}`)).slice(0, 64);
const hidden = (path: string) => readdirSync(here(path)).filter((name) => name.startsWith('.vastdeck'));

function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = length | 1;
  for (let at = 0; at + 4 <= length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
}

/** By our own SSH alone, and by OpenSSH's programs. */
const ways = {
  'our own connection': () => createTransfers(place.target),
  "OpenSSH's programs": async () => {
    await (await place.target.open()).close();
    return createTransfers(place.target, {
      openSsh: {
        host: '127.0.0.1',
        port: place.target.proxy.port,
        username: 'root',
        privateKeys: [place.target.privateKey],
        hostKey: { fingerprint: place.target.hostKey().fingerprint },
      },
    });
  },
};

describe.each(Object.entries(ways))('by %s', (name, make) => {
  it('a file goes there and back, whole, with progress, and leaves nothing beside it', async () => {
    const transfers = await make();
    write('file', noise(20 * MIB + 7));
    const told: TransferProgress[] = [];
    const up = await transfers.upload({
      from: here('file'),
      to: `up-${place.test}/deep/file`,
      onProgress: (progress) => told.push(progress),
    });
    expect(up).toMatchObject({ files: 1, bytes: 20 * MIB + 7 });
    expect(up.ways).toEqual([name === 'our own connection' ? 'sftp' : 'rsync']);
    expect(told.at(-1)).toEqual({ bytes: up.bytes, totalBytes: up.bytes, files: 1, totalFiles: 1, etaMs: 0 });
    expect(told.every(({ bytes }, index) => bytes >= (told[index - 1]?.bytes ?? 0))).toBe(true);
    expect(await farHash(`up-${place.test}/deep/file`)).toBe(hash('file'));
    const down = await transfers.download({ from: `up-${place.test}/deep/file`, to: here('back/file') });
    expect(down.ways).toEqual(up.ways);
    expect(hash('back/file')).toBe(hash('file'));
    expect(readdirSync(here('back'))).toEqual(['file']);
    expect(await far(`ls -A up-${place.test}/deep`)).toBe('file\n');
  });

  it('a folder goes there and back with its odd names, links, modes and times, and without what is ignored', async () => {
    const transfers = await make();
    const names = [
      'plain.txt',
      'with space',
      "quote's",
      'ünïcödé 日本',
      '-dash',
      'back\\slash',
      `${'long/'.repeat(30)}file`,
    ];
    for (const name of names) write(`tree/${name}`, `content of ${name}`);
    write('tree/new\nline', 'odd');
    write('tree/empty', '');
    write('tree/large', noise(6 * MIB));
    mkdirSync(here('tree/empty folder'));
    write('tree/run.sh', '#!/bin/sh\necho ran\n');
    spawn('chmod', ['755', here('tree/run.sh')]);
    symlinkSync('plain.txt', here('tree/link'));
    write('tree/.gitignore', '*.log\n');
    write('tree/noise.log', 'not wanted');
    write('tree/.git/config', 'not wanted');
    const to = `tree-${place.test}`;
    await transfers.upload({ from: here('tree'), to });
    expect(
      (
        await far(
          `cd ${to}; ls -A | wc -l; cat plain.txt; readlink link; ls -d "empty folder" noise.log .git`,
        )
      ).split('\n'),
    ).toEqual(['15', 'content of plain.txtplain.txt', 'empty folder', '']);
    expect(await far(`stat -c %Y ${to}/plain.txt`)).toBe(
      `${Math.floor(statSync(here('tree/plain.txt')).mtimeMs / 1000)}\n`,
    );
    const report = await transfers.download({ from: to, to: here('back') });
    expect(report.skipped).toEqual(['link']);
    for (const name of [...names, 'new\nline', 'empty', 'large', 'run.sh'])
      expect(hash(`back/${name}`)).toBe(hash(`tree/${name}`));
    expect(statSync(here('back/empty folder')).isDirectory()).toBe(true);
    // Once more, over what is there: what is not in the source stays.
    write('tree/plain.txt', 'a new content');
    await far(`echo other > ${to}/other`);
    await transfers.upload({ from: here('tree'), to });
    expect(await far(`cat ${to}/plain.txt ${to}/other; ls -A ${to} | grep vastdeck`)).toBe(
      'a new contentother\n',
    );
    await transfers.download({ from: to, to: here('back') });
    expect(readFileSync(here('back/plain.txt'), 'utf8')).toBe('a new content');
    expect(hidden('.')).toEqual([]);
  });
});

it.each(
  Object.entries(ways),
)('programs stay programs and times stay, there and back, over %s', async (_, open) => {
  const transfers = await open();
  write('tools/run.sh', '#!/bin/sh\n');
  write('tools/large', noise(9 * MIB));
  write('tools/plain.txt', 'text');
  for (const name of ['run.sh', 'large']) chmodSync(here(`tools/${name}`), 0o755);
  for (const name of ['run.sh', 'large', 'plain.txt'])
    utimesSync(here(`tools/${name}`), 1_700_000_000, 1_700_000_000);
  await transfers.upload({ from: here('tools'), to: `tools-${place.test}` });
  await transfers.download({ from: `tools-${place.test}`, to: here('back') });
  await transfers.download({ from: `tools-${place.test}/run.sh`, to: here('alone.sh') });
  const factsOf = (path: string) => {
    const { mode, mtimeMs } = statSync(here(path));
    return { isProgram: (mode & 0o100) !== 0, isPublic: (mode & 0o044) !== 0, seconds: mtimeMs / 1_000 };
  };
  const isProgram = true;
  const same = { isPublic: true, seconds: 1_700_000_000 };
  expect(factsOf('back/run.sh')).toEqual({ ...same, isProgram });
  expect(factsOf('back/large')).toEqual({ ...same, isProgram });
  expect(factsOf('back/plain.txt')).toEqual({ ...same, isProgram: false });
  expect(factsOf('alone.sh')).toEqual({ ...same, isProgram });
});

it('what shrinks is sent compressed, and what does not, or may not, is not', async () => {
  const transfers = createTransfers(place.target);
  const text = Buffer.from('the same line again and again\n'.repeat(200_000));
  write('text', text);
  write('noise', noise(6 * MIB));
  const sent = async (name: string, compress: boolean) => {
    const { outBytes, inBytes } = place.target.machine.trafficBytes();
    const up = await transfers.upload({ from: here(name), to: `packed/${name}-${compress}`, compress });
    const down = await transfers.download({
      from: `packed/${name}-${compress}`,
      to: here(`back-${name}-${compress}`),
      compress,
    });
    expect(hash(`back-${name}-${compress}`)).toBe(hash(name));
    expect(up.ways).toEqual(down.ways);
    const after = place.target.machine.trafficBytes();
    return { ways: up.ways, bytes: after.outBytes - outBytes + after.inBytes - inBytes };
  };
  const packed = await sent('text', true);
  expect(packed.ways).toEqual(['compressed']);
  expect(packed.bytes).toBeLessThan(text.length / 4);
  expect((await sent('text', false)).ways).toEqual(['sftp']);
  expect((await sent('noise', true)).ways).toEqual(['sftp']);
});

it('a tree that shrinks is packed and compressed, both ways', async () => {
  const transfers = createTransfers(place.target);
  for (let at = 0; at < 300; at += 1) write(`many/${at % 7}/file-${at}`, `${at} the same line\n`.repeat(400));
  const up = await transfers.upload({ from: here('many'), to: 'many' });
  expect(up.ways).toEqual(['tar', 'compressed']);
  const down = await transfers.download({ from: 'many', to: here('back') });
  expect(down.ways).toEqual(['tar', 'compressed']);
  for (let at = 0; at < 300; at += 1)
    expect(hash(`back/${at % 7}/file-${at}`)).toBe(hash(`many/${at % 7}/file-${at}`));
});

describe('over a connection that is reset again and again', () => {
  it('a file of 40 MB is sent and fetched, whole', async () => {
    const transfers = createTransfers(place.target);
    write('file', noise(40 * MIB));
    let cuts = 0;
    const cutNowAndThen = ({ bytes }: TransferProgress) => {
      if (bytes < (cuts + 1) * 6 * MIB || cuts >= 5) return;
      cuts += 1;
      place.target.proxy.cut();
    };
    await transfers.upload({
      from: here('file'),
      to: 'reset/file',
      compress: false,
      onProgress: cutNowAndThen,
    });
    expect(cuts).toBe(5);
    expect(await farHash('reset/file')).toBe(hash('file'));
    cuts = 0;
    await transfers.download({
      from: 'reset/file',
      to: here('back'),
      compress: false,
      onProgress: cutNowAndThen,
    });
    expect(cuts).toBe(5);
    expect(hash('back')).toBe(hash('file'));
    expect(await far('ls -A reset')).toBe('file\n');
  });

  it('a file goes there and back although no connection carries more than a megabyte', async () => {
    const transfers = createTransfers(place.target);
    write('file', noise(7 * MIB));
    await place.target.machine.beginFault('reset-mid-transfer');
    await transfers.upload({ from: here('file'), to: 'megabytes/file', compress: false });
    await transfers.download({ from: 'megabytes/file', to: here('back'), compress: false });
    await place.target.machine.endFault('reset-mid-transfer');
    expect(hash('back')).toBe(hash('file'));
    expect(await farHash('megabytes/file')).toBe(hash('file'));
  });

  it('many files are sent and fetched, whole', async () => {
    const transfers = createTransfers(place.target);
    for (let at = 0; at < 200; at += 1) write(`tree/${at % 9}/f${at}`, noise(50_000 + at));
    let cuts = 0;
    const cutNowAndThen = ({ bytes }: TransferProgress) => {
      if (bytes < (cuts + 1) * 2 * MIB || cuts >= 3) return;
      cuts += 1;
      place.target.proxy.cut();
    };
    await transfers.upload({ from: here('tree'), to: 'reset/tree', onProgress: cutNowAndThen });
    await transfers.download({ from: 'reset/tree', to: here('back'), onProgress: cutNowAndThen });
    expect(cuts).toBe(3);
    for (let at = 0; at < 200; at += 1)
      expect(hash(`back/${at % 9}/f${at}`)).toBe(hash(`tree/${at % 9}/f${at}`));
  });
});

it('a download whose process was killed goes on where it was', async () => {
  await far('mkdir -p killed; head -c 60000000 /dev/urandom > killed/file');
  const job = {
    port: place.target.proxy.port,
    privateKey: place.target.privateKey.reveal(),
    from: 'killed/file',
    to: here('file'),
  };
  const start = () => {
    const child = spawn(
      process.execPath,
      ['--conditions=@vastdeck/source', fileURLToPath(new URL('./download.process.ts', import.meta.url))],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    child.stdin.end(JSON.stringify(job));
    return child;
  };
  const first = start();
  for await (const line of createInterface({ input: first.stdout })) if (Number(line) > 10_000_000) break;
  first.kill('SIGKILL');
  await once(first, 'close');
  expect(() => statSync(here('file'))).toThrow();
  const [part = ''] = hidden('.');
  const had = statSync(here(part)).size;
  expect(had).toBeGreaterThan(10_000_000);
  const before = place.target.machine.trafficBytes().outBytes;
  const second = start();
  second.stdout.resume();
  const [code] = await once(second, 'close');
  expect(code).toBe(0);
  expect(place.target.machine.trafficBytes().outBytes - before).toBeLessThan(60_000_000 - had + 2_000_000);
  expect(hash('file')).toBe(await farHash('killed/file'));
  expect(hidden('.')).toEqual([]);
});

describe('what stands in the way', () => {
  it('is said: nothing to fetch, and a folder where a file is to be', async () => {
    const transfers = createTransfers(place.target);
    await expect(transfers.download({ from: 'missing', to: here('x') })).rejects.toBeInstanceOf(
      NoSuchFileError,
    );
    await far('mkdir -p way/folder; echo x > way/file');
    mkdirSync(here('taken'));
    await expect(transfers.download({ from: 'way/file', to: here('taken') })).rejects.toBeInstanceOf(
      PlaceTakenError,
    );
    write('file', 'x');
    await expect(transfers.upload({ from: here('file'), to: 'way/folder' })).rejects.toThrow(/is a folder/);
    await expect(transfers.upload({ from: here('nothing'), to: 'way/x' })).rejects.toThrow(/ENOENT/);
    await transfers.upload({ from: here('file'), to: 'barename' });
    expect(await far('ls -d barenam*')).toBe('barename\n');
  });

  it('is said: a full disk, on which a file has its name only when it is whole', async () => {
    const transfers = createTransfers(place.target);
    write('file', noise(3 * MIB));
    await far('mkdir -p full');
    await place.target.machine.beginFault('disk-full');
    const sending = transfers.upload({ from: here('file'), to: 'full/file', compress: false });
    await expect(sending).rejects.toBeInstanceOf(RemoteFileError);
    expect(await far('ls full')).toBe('');
    await place.target.machine.endFault('disk-full');
    await transfers.upload({ from: here('file'), to: 'full/file', compress: false });
    expect(await farHash('full/file')).toBe(hash('file'));
    expect(await far('ls -A full')).toBe('file\n');
  });

  it('leads nowhere else: a link in the place.target folder is not gone through', async () => {
    const transfers = createTransfers(place.target);
    await far('mkdir -p evil/sub; echo x > evil/sub/file');
    mkdirSync(here('outside'));
    mkdirSync(here('back'));
    symlinkSync('../outside', here('back/sub'));
    await expect(transfers.download({ from: 'evil', to: here('back') })).rejects.toBeInstanceOf(
      UnsafePathError,
    );
    expect(readdirSync(here('outside'))).toEqual([]);
  });
});

it('a large file goes by scp where the machine has no rsync, and on our own connection where its key is another', async () => {
  const withoutRsync = {
    ...place.target,
    open: async () => {
      const shell = await place.target.open();
      return {
        ...shell,
        exec: async (command: string, options?: object) =>
          shell.exec(command.replaceAll('$dir/rsync', '/nowhere'), options),
      };
    },
  };
  await (await place.target.open()).close();
  write('file', noise(12 * MIB));
  const by = async (hostKey: { readonly fingerprint: string; readonly blob?: string }, to: string) => {
    const access = {
      host: '127.0.0.1',
      port: place.target.proxy.port,
      username: 'root',
      privateKeys: [place.target.privateKey],
    };
    const transfers = createTransfers(withoutRsync, { openSsh: { ...access, hostKey } });
    const up = await transfers.upload({ from: here('file'), to: `${to}/file` });
    const down = await transfers.download({ from: `${to}/file`, to: here(to) });
    expect(hash(to)).toBe(hash('file'));
    return [up.ways, down.ways];
  };
  expect(await by(place.target.hostKey(), 'by-scp')).toEqual([['scp'], ['scp']]);
  const other = `SHA256:${'A'.repeat(43)}`;
  expect(await by({ fingerprint: other }, 'by-sftp')).toEqual([['sftp'], ['sftp']]);
  expect(hidden('.')).toEqual([]);
});

it('a machine without rsync, tar or zstd is served by SFTP alone', async () => {
  const transfers = createTransfers({
    ...place.target,
    open: async () => {
      const shell = await place.target.open();
      // As on a machine that has none of them: the list of its programs is empty.
      return {
        ...shell,
        exec: async (command, options) => shell.exec(command.replaceAll('$dir/', '/nowhere/'), options),
      };
    },
  });
  for (let at = 0; at < 30; at += 1) write(`tree/${at % 4}/f${at}`, `${at}\n`.repeat(1000));
  symlinkSync('0', here('tree/link'));
  const up = await transfers.upload({ from: here('tree'), to: 'plain' });
  const down = await transfers.download({ from: 'plain', to: here('back') });
  expect([up.ways, down.ways]).toEqual([['sftp'], ['sftp']]);
  for (let at = 0; at < 30; at += 1)
    expect(hash(`back/${at % 4}/f${at}`)).toBe(hash(`tree/${at % 4}/f${at}`));
  expect(await far('readlink plain/link')).toBe('0\n');
});
