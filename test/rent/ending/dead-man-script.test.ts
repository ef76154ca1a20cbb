// The switch's shell text under sh alone, against a service that answers what a test says, with the programs that a
// test gives it.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { type DeadManOptions, deadManScript } from '../../../src/rent/rental/ending/index.ts';

const real = systemClock();
const HOUR = 3_600_000;
const NEEDED = ['sh', 'awk', 'mkdir', 'rm', 'date', 'cat'];

interface Put {
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

interface Wish {
  readonly switch?: Partial<DeadManOptions>;
  /** Programs that can call the service; default curl. */
  readonly callers?: readonly string[];
  /** What the service says that it is; null leaves the header out. */
  readonly dateMs?: () => number | null;
  readonly nvidiaSmi?: string;
  /** What the kernel lists as connections; default what it does. */
  readonly tcp?: string;
  readonly files?: Readonly<Record<string, string>>;
}

async function aSwitch({
  switch: asked,
  callers = ['curl'],
  dateMs = () => real.now(),
  nvidiaSmi,
  tcp,
  files = {},
}: Wish) {
  const home = mkdtempSync(join(tmpdir(), 'vastdeck-switch-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const puts: Put[] = [];
  let reads = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      if (request.method === 'PUT') {
        const { authorization: key, 'content-type': type } = request.headers;
        puts.push({ url: request.url, key, type, body });
      } else reads += 1;
      const atMs = dateMs();
      response.sendDate = false;
      if (atMs !== null) response.setHeader('Date', new Date(atMs).toUTCString());
      response.statusCode = request.method === 'PUT' ? 500 : 404;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });

  const bin = join(home, 'bin');
  mkdirSync(bin);
  const own = tcp === undefined ? ['grep'] : [];
  for (const name of [...NEEDED, ...own, ...callers]) symlinkSync(`/usr/bin/${name}`, join(bin, name));
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // Waits are noted and hardly waited for; the first process of the switch is known, so that it can be ended.
  program('sleep', `echo $1 >>${home}/sleeps; exec /usr/bin/sleep 0.05`);
  program('setsid', `echo $$ >${home}/pid; exec /usr/bin/setsid "$@"`);
  if (nvidiaSmi !== undefined) program('nvidia-smi', nvidiaSmi);
  if (tcp !== undefined) {
    writeFileSync(join(home, 'tcp'), `${tcp}\n`);
    program('grep', `exec /usr/bin/grep "$1" "$2" ${home}/tcp`);
  }
  mkdirSync(join(home, '.vastdeck'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, '.vastdeck', name), text);
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v0`;
  const text = deadManScript({
    prepaidUntilMs: real.now() + HOUR,
    graceMs: HOUR,
    restartGraceMs: 0,
    baseUrl,
    ...asked,
  });
  const child = spawn('/bin/sh', ['-c', `${text}echo over`], {
    env: { HOME: home, PATH: bin, CONTAINER_ID: '123', CONTAINER_API_KEY: 'instance-key' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    try {
      process.kill(-Number(readFileSync(join(home, 'pid'), 'utf8')), 'SIGKILL');
    } catch {
      // It never began.
    }
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const sleeps = () =>
    existsSync(join(home, 'sleeps'))
      ? readFileSync(join(home, 'sleeps'), 'utf8').trim().split('\n').map(Number)
      : [];
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await real.sleep(10);
  };
  return { home, puts, sleeps, until, readsOf: () => reads };
}

const LATE = { prepaidUntilMs: real.now() - 10_000 };

describe('the text of the switch', () => {
  it('leaves onstart room for its owner, and holds no key', () => {
    const options = {
      prepaidUntilMs: 1_790_000_000_000,
      graceMs: HOUR,
      baseUrl: 'https://console.vast.ai/api/v0',
    };
    expect(deadManScript(options).length).toBeLessThanOrEqual(1_500);
    expect(deadManScript({ ...options, idleMs: HOUR }).length).toBeLessThanOrEqual(1_700);
    expect(deadManScript(options)).toContain('1790000000');
  });

  it.each(
    ['curl', 'wget', 'python3'].filter((name) => existsSync(`/usr/bin/${name}`)),
  )('stops its own instance with %s alone, again and again until it is stopped, less and less often', async (caller) => {
    const { puts, sleeps, until } = await aSwitch({ switch: LATE, callers: [caller] });
    await until(() => puts.length >= 6);
    expect(puts[0]).toEqual({
      url: '/api/v0/instances/123/',
      key: 'Bearer instance-key',
      type: 'application/json',
      body: '{"state":"stopped"}',
    });
    expect(sleeps().slice(0, 5)).toEqual([15, 30, 60, 120, 240]);
    await until(() => sleeps().length >= 6);
    expect(sleeps()[5]).toBe(240);
  });

  it('does nothing while the service says that the end has not come', async () => {
    const { puts, sleeps, until } = await aSwitch({ switch: LATE, dateMs: () => real.now() - HOUR });
    await until(() => sleeps().length >= 5);
    expect(puts).toEqual([]);
    expect(sleeps()[0]).toBe(30);
  });

  it('asks for the time once more before it stops, and goes on when the first answer was wrong', async () => {
    const prepaidUntilMs = Math.ceil(real.now() / 1_000) * 1_000;
    let asked = 0;
    const dateMs = () => {
      asked += 1;
      return asked === 1 ? prepaidUntilMs - 2_000 : prepaidUntilMs - HOUR;
    };
    const { puts, sleeps, until } = await aSwitch({ switch: { prepaidUntilMs }, dateMs });
    await until(() => puts.length > 0 || (asked > 1 && sleeps().at(-1) === 30));
    expect(puts).toEqual([]);
  });

  it('stops by the time of the service, whatever its own clock says', async () => {
    const { puts, until } = await aSwitch({ dateMs: () => real.now() + 2 * HOUR });
    await until(() => puts.length > 0);
  });

  it('does nothing while nobody tells it the time', async () => {
    const { puts, sleeps, until, readsOf } = await aSwitch({ switch: LATE, dateMs: () => null });
    await until(() => sleeps().length >= 5);
    expect(puts).toEqual([]);
    expect(readsOf()).toBeGreaterThan(3);
    expect(sleeps()[0]).toBe(15);
  });

  it('asks for the time once, not at every look', async () => {
    const { sleeps, until, readsOf } = await aSwitch({});
    await until(() => sleeps().length >= 10);
    expect(readsOf()).toBe(1);
  });

  it.each([
    ['a later end', `${Math.floor(real.now() / 1_000) + 3_600}\n`, false],
    ['an end that has come', `${Math.floor(real.now() / 1_000) - 60}\n`, true],
    ['no number', 'tomorrow\n', true],
    ['nothing', '', true],
  ])('takes the end of the file "until" before that of its start: %s', async (_what, text, stops) => {
    const { puts, sleeps, until } = await aSwitch({ switch: LATE, files: { until: text } });
    await until(() => (stops ? puts.length > 0 : sleeps().length >= 5));
    expect(puts.length > 0).toBe(stops);
  });

  it('stops a grace time after it saw that the work has ended, whatever that file says', async () => {
    const { home, puts, sleeps, until } = await aSwitch({
      switch: { graceMs: 2_000 },
      files: { 'done-at': '1\n' },
    });
    const seen = join(home, '.vastdeck/done-seen');
    await until(() => existsSync(seen) && readFileSync(seen, 'utf8') !== '');
    const seenAtSec = Number(readFileSync(seen, 'utf8'));
    expect(Math.abs(seenAtSec - real.now() / 1_000)).toBeLessThan(30);
    await until(() => puts.length > 0);
    expect(real.now() / 1_000).toBeGreaterThanOrEqual(seenAtSec + 2);
    expect(sleeps()[0]).toBeLessThanOrEqual(2);
  });

  it('counts on from where it was when the container starts again, and forgets it when there is new work', async () => {
    const longAgo = `${Math.floor(real.now() / 1_000) - 7_200}\n`;
    const again = await aSwitch({ files: { 'done-at': 'x\n', 'done-seen': longAgo } });
    await again.until(() => again.puts.length > 0);
    const anew = await aSwitch({ files: { 'done-seen': longAgo } });
    await anew.until(() => anew.sleeps().length >= 3);
    expect(anew.puts).toEqual([]);
    expect(existsSync(join(anew.home, '.vastdeck/done-seen'))).toBe(false);
  });

  it('leaves who started it again time to write a new end', async () => {
    const { puts, sleeps, until } = await aSwitch({ switch: { ...LATE, restartGraceMs: 3_000 } });
    await until(() => sleeps().length >= 3);
    expect(puts).toEqual([]);
    await until(() => puts.length > 0);
  });

  it('stops when the GPUs have been idle for so long', async () => {
    const nvidiaSmi = 'echo "0 %"; echo "4 %"';
    const { puts, until } = await aSwitch({ switch: { idleMs: 1_000 }, nvidiaSmi });
    await until(() => puts.length > 0);
  });

  it('takes for busy what works, and what cannot be seen', async () => {
    const words = [
      'echo "0 %"; echo "35 %"',
      'echo "[N/A]"',
      'echo "No devices were found"; exit 6',
      'exit 127',
    ];
    const switches = await Promise.all(
      words.map((nvidiaSmi) => aSwitch({ switch: { idleMs: 1_000 }, nvidiaSmi })),
    );
    const beganMs = real.now();
    for (const { puts, sleeps, until } of switches) {
      await until(() => puts.length > 0 || (sleeps().length >= 5 && real.now() - beganMs > 2_500));
      expect(puts).toEqual([]);
    }
  });

  it.each([
    [
      'somebody is logged in',
      '   1: 0200A8C0:0016 0100A8C0:C350 01 00000000:00000000 02:000A 00000000',
      false,
    ],
    [
      'nobody is, though the server listens',
      '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000',
      true,
    ],
    [
      'it is logged in elsewhere itself',
      '   2: 0200A8C0:C350 0100A8C0:0016 01 00000000:00000000 00:00000000',
      true,
    ],
  ])('takes logins for what they are: %s', async (_what, tcp, stops) => {
    const asked = { switch: { idleMs: 1_000 }, nvidiaSmi: 'echo "0 %"', tcp };
    const { puts, sleeps, until } = await aSwitch(asked);
    const beganMs = real.now();
    await until(() => puts.length > 0 || (!stops && sleeps().length >= 5 && real.now() - beganMs > 2_500));
    expect(puts.length > 0).toBe(stops);
  });
});
