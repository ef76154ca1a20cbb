// Every way in which a connection does not come to be, or ends by itself, by its own error.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  AuthRefusedError,
  ConnectionLostError,
  type ConnectOptions,
  ConnectRefusedError,
  ConnectTimeoutError,
  connectShell,
  generateKeyPair,
  type HostKey,
  HostKeyChangedError,
  KeyFormatError,
} from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import { Secret, SteppedClock, systemClock } from '../../../src/base/std/index.ts';
import { startSshd, whySshdCannotRun } from '../../support/sshd.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { startSsh2Server } from './ssh2-server.ts';

const somebodysKey = generateKeyPair({ comment: 'somebody' }).privateKey;

const connectTo = (port: number, options: Partial<ConnectOptions> = {}) =>
  connectShell({
    host: '127.0.0.1',
    port,
    username: 'root',
    privateKeys: [somebodysKey],
    hostKey: { kind: 'first-use', pin: () => {} },
    clock: systemClock(),
    ...options,
  });

/** A port on which `greet` decides what a caller sees. */
async function listener(greet: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

describe('a connection is refused', () => {
  it('when nothing listens on the port', async () => {
    const { port } = await (async () => {
      await using free = await listener(() => {});
      return free;
    })();
    const attempt = connectTo(port);
    await expect(attempt).rejects.toBeInstanceOf(ConnectRefusedError);
    await expect(attempt).rejects.toThrow(`127.0.0.1:${port} does not answer: nothing listens on the port`);
  });

  it('when the name is not known', async () => {
    await expect(connectTo(22, { host: 'no-such-host.invalid' })).rejects.toThrow(/the name is not known/);
  });

  it('when the other side hangs up, or speaks something else', async () => {
    await using silent = await listener((socket) => socket.end());
    await expect(connectTo(silent.port)).rejects.toBeInstanceOf(ConnectRefusedError);
    await using web = await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(connectTo(web.port)).rejects.toBeInstanceOf(ConnectRefusedError);
    await using old = await listener((socket) => socket.end('SSH-1.0-old\r\n'));
    await expect(connectTo(old.port)).rejects.toBeInstanceOf(ConnectRefusedError);
  });

  it('when its caller changes their mind, with their reason, before and during it', async () => {
    await using stuck = await listener(() => {});
    const reason = new Error('changed my mind');
    await expect(connectTo(stuck.port, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const attempt = connectTo(stuck.port, { signal: controller.signal });
    const [socket] = (await once(stuck.server, 'connection')) as [Socket];
    controller.abort(reason);
    await expect(attempt).rejects.toBe(reason);
    if (!socket.closed) await once(socket, 'close');
  });

  it('when the handshake takes longer than the limit, and not a millisecond before', async () => {
    await using stuck = await listener(() => {});
    const clock = new SteppedClock();
    let error: unknown;
    const attempt = connectTo(stuck.port, { clock, connectTimeoutMs: 5_000 }).catch((cause: unknown) => {
      error = cause;
    });
    await once(stuck.server, 'connection');
    await clock.step(4_999);
    expect(error).toBeUndefined();
    await clock.step(1);
    await attempt;
    expect(error).toBeInstanceOf(ConnectTimeoutError);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('logging in', () => {
  it('is refused when no key and no password fits', async () => {
    await using server = await startSsh2Server({ password: 'right' });
    const attempt = connectTo(server.port, { password: new Secret('wrong') });
    await expect(attempt).rejects.toBeInstanceOf(AuthRefusedError);
    await expect(attempt).rejects.toThrow('refused 1 key and the password');
    expect(server.tries).toEqual(['publickey', 'password']);
  });

  it('goes by password after the keys, without a try that counts for nothing', async () => {
    await using server = await startSsh2Server({ password: 'right' });
    await using shell = await connectTo(server.port, { password: new Secret('right') });
    expect((await shell.exec('anything')).stdout).toBe('logged in');
    expect(server.tries).toEqual(['publickey', 'password']);
  });

  it('tells a key that cannot be read before it calls anybody', async () => {
    const attempt = connectTo(1, { privateKeys: [new Secret('no key')] });
    await expect(attempt).rejects.toBeInstanceOf(KeyFormatError);
  });
});

it('a server that gives less than was asked for is asked for the rest', async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) ^ (i >> 8)));
  await using server = await startSsh2Server({ password: 'right', content, readBytes: 9_999 });
  await using shell = await connectTo(server.port, { password: new Secret('right') });
  expect(Buffer.from(await shell.read('/file', 5, 290_000)).equals(content.subarray(5, 290_005))).toBe(true);
  const pieces: Uint8Array[] = [];
  for await (const piece of shell.download('/file')) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
});

describe('the host key', () => {
  it('is given to be pinned at first use, and accepted ever after', async () => {
    await using server = await startSsh2Server({ password: 'right' });
    const password = new Secret('right');
    const seen: HostKey[] = [];
    const pin = (key: HostKey) => void seen.push(key);
    await using _first = await connectTo(server.port, { password, hostKey: { kind: 'first-use', pin } });
    expect(seen).toEqual([
      { fingerprint: server.hostKey.fingerprint, blob: server.hostKey.publicKey.split(' ')[1] },
    ]);
    const { fingerprint } = seen[0] as HostKey;
    await using second = await connectTo(server.port, { password, hostKey: { kind: 'pinned', fingerprint } });
    expect((await second.exec('anything')).stdout).toBe('logged in');
  });

  it('that is another one ends the connection before anything is sent to it', async () => {
    await using server = await startSsh2Server({ password: 'right' });
    const { fingerprint } = generateKeyPair({ comment: 'another' });
    const attempt = connectTo(server.port, { hostKey: { kind: 'pinned', fingerprint } });
    await expect(attempt).rejects.toBeInstanceOf(HostKeyChangedError);
    await expect(attempt).rejects.toMatchObject({
      expected: fingerprint,
      actual: server.hostKey.fingerprint,
    });
    expect(server.tries).toEqual([]);
  });

  it('that cannot be kept ends it too, with the error of who should keep it', async () => {
    await using server = await startSsh2Server({ password: 'right' });
    const full = new Error('disk full');
    const pin = async () => {
      throw full;
    };
    await expect(connectTo(server.port, { hostKey: { kind: 'first-use', pin } })).rejects.toBe(full);
    expect(server.tries).toEqual([]);
  });
});

describe.skipIf(whySshdCannotRun())('a silent connection', () => {
  const keepaliveMs = 10_000;

  async function frozenWorld() {
    const sshd = await startSshd();
    const proxy = await startTcpProxy(sshd.port);
    const clock = new SteppedClock();
    const { username, userKey } = sshd;
    const privateKeys = [userKey.privateKey];
    const shell = await connectTo(proxy.port, { username, privateKeys, clock, keepaliveMs });
    const dispose = async () => {
      // A frozen peer does not answer a goodbye.
      proxy.cut();
      await shell.close();
      await proxy.close();
      await sshd.stop();
    };
    return { proxy, clock, shell, [Symbol.asyncDispose]: dispose };
  }

  it('is lost after four intervals without a byte, and not before', async () => {
    await using world = await frozenWorld();
    const { clock, proxy, shell } = world;
    let error: unknown;
    const waiting = shell.exec('sleep 30').catch((cause: unknown) => {
      error = cause;
    });
    await shell.exec('true');
    await clock.step(keepaliveMs);
    proxy.freeze();
    await clock.step(4 * keepaliveMs - 1);
    expect(error).toBeUndefined();
    await clock.step(keepaliveMs + 1);
    await waiting;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is kept as long as the other side answers what it is asked', async () => {
    await using world = await frozenWorld();
    const { clock, proxy, shell } = world;
    await shell.exec('true');
    for (let interval = 0; interval < 12; interval += 1) {
      const before = proxy.returnedBytes;
      await clock.step(keepaliveMs);
      // Every other interval sees the answer to the last question instead of asking.
      if (interval % 2 === 1) while (proxy.returnedBytes === before) await clock.untilIdle();
    }
    expect((await shell.exec('echo still here')).stdout).toBe('still here\n');
  });
});
