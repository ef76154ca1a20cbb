// Transfers while something happens to what is sent, to the disks, or to what an earlier transfer left.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskFullError } from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import { createTransfers } from '../../../src/rent/remote/index.ts';
import { partName } from '../../../src/rent/remote/transfer/local-files.ts';
import { aTransferPlace } from './a-transfer-place.ts';

const MIB = 1024 * 1024;

const place = aTransferPlace();
const { here, write, hash, far } = place;
const farHash = async (path: string) => (await far(`sha256sum ${path}`)).slice(0, 64);
const openSsh = () => ({
  host: '127.0.0.1',
  port: place.target.proxy.port,
  username: 'root',
  privateKeys: [place.target.privateKey],
  hostKey: { fingerprint: place.target.hostKey().fingerprint },
});

describe('what is written while it is sent', () => {
  it('arrives as it is afterwards', async () => {
    write('file', Buffer.alloc(12 * MIB, 'a'));
    let hasWritten = false;
    await createTransfers(place.target).upload({
      from: here('file'),
      to: 'written/file',
      compress: false,
      onProgress: ({ bytes }) => {
        if (hasWritten || bytes < 2 * MIB) return;
        hasWritten = true;
        write('file', Buffer.alloc(12 * MIB, 'b'));
      },
    });
    expect(hasWritten).toBe(true);
    expect(await farHash('written/file')).toBe(hash('file'));
    expect(await far('ls -A written')).toBe('file\n');
  });

  it('all the time arrives as far as it was met, and is no fault', async () => {
    write('log', Buffer.alloc(9 * MIB, 'a'));
    await createTransfers(place.target).upload({
      from: here('log'),
      to: 'growing/log',
      compress: false,
      onProgress: () => writeFileSync(here('log'), 'one more line\n', { flag: 'a' }),
    });
    const { size } = statSync(here('log'));
    const farSize = Number(await far('wc -c < growing/log'));
    expect(farSize).toBeGreaterThanOrEqual(9 * MIB);
    expect(farSize).toBeLessThan(size);
  });

  it('and is gone before its turn is left out, and the rest comes', async () => {
    for (let at = 0; at < 200; at += 1) write(`tree/f${1000 + at}`, `content ${at}`);
    await createTransfers(place.target).upload({
      from: here('tree'),
      to: 'vanishing',
      onProgress: () => rmSync(here('tree/f1199'), { force: true }),
    });
    expect(await far('ls vanishing | wc -l; ls vanishing | tail -n 1')).toBe('199\nf1198\n');
  });
});

describe('what an earlier transfer left', () => {
  it('is compared before it counts as fetched', async () => {
    await far('mkdir -p left; head -c 3000000 /dev/urandom > left/file');
    const stat = (await far('stat -c %Y left/file')).trim();
    const part = partName('left/file', 3_000_000, Number(stat) * 1000, 'file');
    write(part, Buffer.alloc(1_000_000, 'x'));
    await createTransfers(place.target).download({ from: 'left/file', to: here('file'), compress: false });
    expect(hash('file')).toBe(await farHash('left/file'));
    expect(existsSync(here(part))).toBe(false);
  });

  it('does not come along when it is there no more', async () => {
    write('tree/kept', 'kept');
    const staging = partName('tree', here('tree'), 'cleared');
    await far(`mkdir -p ${staging}/gone; echo secret > ${staging}/gone/file; ln -s x ${staging}/kept`);
    await createTransfers(place.target).upload({ from: here('tree'), to: 'cleared' });
    expect(await far('ls -A cleared; cat cleared/kept; ls -A | grep -c vastdeck-; true')).toBe(
      'kept\nkept0\n',
    );
  });

  it('of keys on this disk is removed by the next one, and what another process uses is not', async () => {
    await (await place.target.open()).close();
    const dead = join(tmpdir(), `vastdeck-ssh-${spawnSync('true').pid}-test`);
    const used = join(tmpdir(), `vastdeck-ssh-${process.pid}-test${place.test}`);
    for (const path of [dead, used]) mkdirSync(path);
    write('file', 'x');
    await createTransfers(place.target, { openSsh: openSsh() }).upload({
      from: here('file'),
      to: 'keys/file',
    });
    expect([existsSync(dead), existsSync(used)]).toEqual([false, true]);
    rmSync(used, { recursive: true });
  });
});

it('a folder that does not fit is a full disk, by every way, and has no name then', async () => {
  await (await place.target.open()).close();
  for (let at = 0; at < 50; at += 1) write(`tree/f${at}`, Buffer.alloc(100_000, at));
  await far('mkdir -p full');
  await place.target.machine.beginFault('disk-full');
  for (const ways of [{}, { openSsh: openSsh() }]) {
    const sending = createTransfers(place.target, ways).upload({ from: here('tree'), to: 'full/tree' });
    await expect(sending).rejects.toBeInstanceOf(DiskFullError);
    expect(await far('ls full')).toBe('');
  }
  await place.target.machine.endFault('disk-full');
});

it('names that are no UTF-8, and pipes, are left out and told, both ways', async () => {
  const odd = 'printf x > "$(printf \'bad\\377name\')"; mkfifo pipe; echo fine > fine';
  mkdirSync(here('tree'));
  spawnSync('sh', ['-c', `cd '${here('tree')}' && ${odd}`]);
  const transfers = createTransfers(place.target);
  const up = await transfers.upload({ from: here('tree'), to: 'odd-here' });
  expect([up.files, up.skipped]).toEqual([1, ['bad\uFFFDname', 'pipe']]);
  await far(`mkdir odd-there; cd odd-there; ${odd}`);
  const down = await transfers.download({ from: 'odd-there', to: here('back') });
  expect([down.files, down.skipped]).toEqual([1, ['pipe', 'bad\uFFFDname']]);
  expect(readFileSync(here('back/fine'), 'utf8')).toBe('fine\n');
});
