// Logging in and running commands: what OpenSSH's client and ssh2's see of a machine.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import type { Machine } from '../../../src/sim/machine/index.ts';
import { aRoom, newKey, type TestRoom, untilText } from './a-room.ts';

const clock = systemClock();
let world: TestRoom;
let machine: Machine;
beforeAll(async () => {
  world = await aRoom({ passwords: true });
  machine = await world.machine({ password: 'open sesame', env: { GPU_COUNT: '2', MY_VAR: 'a b' } });
});
afterAll(async () => await world[Symbol.asyncDispose]());

const exec = async (command: string): Promise<ClientChannel> => {
  const client = await world.connect(machine);
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
  channel.once('close', () => client.end());
  return channel;
};

describe('logging in', () => {
  it('refuses a key that is not attached, and a signature by another key', async () => {
    const other = newKey();
    await expect(world.connect(machine, { privateKey: other.private })).rejects.toThrow(/authentication/);
  });

  it('takes a key that is attached while the machine runs, and refuses it once it is detached', async () => {
    const other = newKey();
    const keys: string[] = [];
    const own = await world.machine({ authorizedKeys: () => keys });
    await expect(world.connect(own, { privateKey: other.private })).rejects.toThrow();
    keys.push(`${other.public} somebody@somewhere`);
    (await world.connect(own, { privateKey: other.private })).end();
    keys.length = 0;
    await world.run('ssh', own, ['true']);
    await own.reboot();
    await own.execute('rm /root/.ssh/authorized_keys');
    await expect(world.connect(own, { privateKey: other.private })).rejects.toThrow();
    await own.destroy();
  });

  it('takes a key that was written into ~/.ssh/authorized_keys on the machine', async () => {
    const other = newKey();
    await expect(world.connect(machine, { privateKey: other.private })).rejects.toThrow();
    await world.run('ssh', machine, [`echo '${other.public}' >> ~/.ssh/authorized_keys`]);
    (await world.connect(machine, { privateKey: other.private })).end();
  });

  it('takes the password where the room allows passwords, and no other one', async () => {
    (await world.connect(machine, { password: 'open sesame' })).end();
    await expect(world.connect(machine, { password: 'open' })).rejects.toThrow();
  });

  it('refuses the right password where the room does not', async () => {
    await using strict = await aRoom();
    const own = await strict.machine({ password: 'open sesame' });
    await expect(strict.connect(own, { password: 'open sesame' })).rejects.toThrow();
  });

  it('knows only root', async () => {
    const result = await world.run('ssh', machine, ['-l', 'ubuntu', '-o', 'BatchMode=yes', 'true']);
    expect(result.code).toBe(0); // the first name on the command line wins: root@127.0.0.1
    const other = await world.run('ssh', machine, ['-o', 'User=root', 'whoami']);
    expect(other.stdout.trim()).toBe('root');
  });
});

describe('a command', () => {
  it('has its exit code, its own stderr, and the variables of the instance', async () => {
    const ran = await world.run('ssh', machine, ['echo "$MY_VAR $GPU_COUNT"; echo wrong >&2; exit 41']);
    expect(ran).toEqual({ code: 41, stdout: 'a b 2\n', stderr: 'wrong\n' });
  });

  it('begins at home, where $WORKSPACE is another folder of the machine', async () => {
    const { stdout } = await world.run('ssh', machine, [
      '[ "$PWD" = "$HOME" ] && cd "$WORKSPACE" && echo $HOME $PWD',
    ]);
    expect(stdout).toMatch(/root .*\/workspace\n$/);
  });

  it('reads what is sent to it and sees its end', async () => {
    const { stdout } = await world.run('ssh', machine, ['wc -c'], Buffer.alloc(3_000_000, 'x'));
    expect(stdout.trim()).toBe('3000000');
  });

  it('may open its streams by name, as under sshd', async () => {
    const { stdout, stderr } = await world.run(
      'ssh',
      machine,
      ['bash /dev/stdin | tee /dev/stderr'],
      'echo by name',
    );
    expect([stdout, stderr]).toEqual(['by name\n', 'by name\n']);
  });

  it('sends all of stdout and stderr when both are larger than the window', async () => {
    const mixed =
      "(head -c 6000000 /dev/zero | tr '\\0' o) & head -c 6000000 /dev/zero | tr '\\0' e >&2; wait";
    const { stdout, stderr } = await world.run('ssh', machine, [mixed]);
    expect([stdout.length, stderr.length]).toEqual([6_000_000, 6_000_000]);
    expect([/[^o]/.test(stdout), /[^e]/.test(stderr)]).toEqual([false, false]);
  });

  it('sends the rest of each stream once after both had to wait for the client to read', async () => {
    const channel = await exec(
      "head -c 3000000 /dev/zero | tr '\\0' o; head -c 3000000 /dev/zero | tr '\\0' e >&2",
    );
    const waits = async (stream: Readable) => {
      for (let length = -1; length < 1_000_000 || length < stream.readableLength; await clock.sleep(20)) {
        length = stream.readableLength;
      }
    };
    const collect = (stream: Readable) =>
      stream.setEncoding('latin1').reduce((text, piece) => text + piece, '');
    await waits(channel);
    const stdout = collect(channel);
    await waits(channel.stderr);
    const stderr = collect(channel.stderr);
    expect([(await stdout).length, (await stderr).length]).toEqual([3_000_000, 3_000_000]);
    expect([/[^o]/.test(await stdout), /[^e]/.test(await stderr)]).toEqual([false, false]);
  });

  it('is told of by its signal when one ended it', async () => {
    const channel = await exec('kill -KILL $$');
    const [code, signal] = await once(channel, 'exit');
    expect([code, signal]).toEqual([null, 'SIGKILL']);
  });

  it('gets a signal that the client sends, also after the end of its input, with all its children', async () => {
    const channel = await exec('trap "echo caught; exit 9" TERM; echo ready; sleep 1000 & wait');
    await untilText(channel, 'ready');
    channel.eof();
    // ssh2's own signal() sends nothing after the end of input; other clients do.
    const { _client: client, outgoing } = channel as unknown as {
      _client: { _protocol: { signal(id: number, name: string): void } };
      outgoing: { id: number };
    };
    client._protocol.signal(outgoing.id, 'TERM');
    const [code] = await once(channel.resume(), 'exit');
    expect(code).toBe(9);
    const { stdout } = await world.run('ssh', machine, ['pgrep -c sleep']);
    expect(stdout.trim()).toBe('0');
  });

  it('stays on the machine when it detaches itself, and later sessions see it', async () => {
    const { stdout } = await world.run('ssh', machine, ['nohup sleep 997 >/dev/null 2>&1 & echo $!']);
    const pid = stdout.trim();
    const seen = await world.run('ssh', machine, [`kill -0 ${pid} && kill ${pid} && echo gone`]);
    expect(seen.stdout).toBe('gone\n');
  });

  it('may set LANG from the client, and nothing that sshd would not take', async () => {
    const client = await world.connect(machine);
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const env = { LC_TIME: 'POSIX', EVIL: 'yes' };
      client.exec('echo "$LC_TIME/$EVIL"', { env }, (error, stream) =>
        error ? reject(error) : resolve(stream),
      );
    });
    expect(await untilText(channel, '\n')).toBe('POSIX/\n');
    client.end();
  });
});

it('runs thirty commands over one connection at the same time', async () => {
  const client = await world.connect(machine);
  const codes = await Promise.all(
    Array.from({ length: 30 }, async (_unused, index) => {
      const channel = await new Promise<ClientChannel>((resolve, reject) => {
        client.exec(`exit ${index}`, (error, stream) => (error ? reject(error) : resolve(stream)));
      });
      const [code] = await once(channel.resume(), 'exit');
      return code as number;
    }),
  );
  client.end();
  expect(codes).toEqual(Array.from({ length: 30 }, (_unused, index) => index));
});

it('sends lines of `tail -F` as they are written, through a rotation of the file', async () => {
  const channel = await exec('cd $WORKSPACE; touch log; echo ready; tail -n 0 -F log 2>/dev/null');
  await untilText(channel, 'ready');
  const first = untilText(channel, 'one');
  await world.run('ssh', machine, ['echo one >> $WORKSPACE/log']);
  await first;
  const second = untilText(channel, 'two');
  await world.run('ssh', machine, ['cd $WORKSPACE; mv log log.1; echo two > log']);
  await second;
  channel.close();
});

describe('a terminal', () => {
  const shell = async (own: Machine): Promise<{ channel: ClientChannel; end: () => void }> => {
    const client = await world.connect(own);
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const window = { term: 'xterm-256color', rows: 31, cols: 101 };
      client.shell(window, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
    return { channel, end: () => client.end() };
  };

  it('has the size of the client’s window, also after it changed, and passes Ctrl-C on', async () => {
    const { channel, end } = await shell(machine);
    channel.write('stty size; echo "$TERM"\r');
    await untilText(channel, /31 101\s+xterm-256color/);
    channel.setWindow(44, 111, 0, 0);
    // `stty` runs beside the shell: the size is asked for until it is there.
    channel.write('until [ "$(stty size)" = "44 111" ]; do sleep 0.01; done; echo resized-$((40+2))\r');
    await untilText(channel, 'resized-42');
    // The command says when it is in the foreground: before, Ctrl-C would be the shell's.
    channel.write(
      `sh -c 'trap "echo caught-$((40+4)); exit" INT; echo waiting-$((40+3)); while :; do sleep 0.02; done'\r`,
    );
    await untilText(channel, 'waiting-43');
    const caught = untilText(channel, /caught-44[\s\S]*# /);
    channel.write('\x03');
    await caught;
    channel.write('exit 5\r');
    const [code] = await once(channel.resume(), 'exit');
    expect(code).toBe(5);
    end();
  });

  it('ends its shell and what runs there when the client goes away', async () => {
    const { channel, end } = await shell(machine);
    channel.write('echo pid-$$-; sleep 996\r');
    const pid = /pid-(\d+)-/.exec(await untilText(channel, /pid-\d+-/))?.[1];
    end();
    const gone = `for i in $(seq 500); do kill -0 ${pid} 2>/dev/null || exit 0; sleep 0.02; done; exit 1`;
    expect((await world.run('ssh', machine, [gone])).code).toBe(0);
  });

  it('runs a command with `ssh -t` and has its code', async () => {
    const ran = await world.run('ssh', machine, ['-tt', `tty; echo "it's"; exit 3`]);
    expect(ran.code).toBe(3);
    expect(ran.stdout).toMatch(/\/dev\/pts\/\d+\r\nit's\r\n/);
  });

  it('lands in tmux on a machine of Vast.ai’s images, unless ~/.no_auto_tmux is there', async () => {
    const own = await world.machine({ autoTmux: true });
    const { channel, end } = await shell(own);
    await untilText(channel, 'ssh_tmux');
    channel.write("touch ~/.no_auto_tmux; echo in-$((1+1))-$(tmux display -p '#S')\r");
    await untilText(channel, 'in-2-ssh_tmux');
    end();
    // What was started in tmux lives on without the login.
    const sessions = await world.run('ssh', own, ['tmux list-sessions -F "#{session_name}"']);
    expect(sessions.stdout + sessions.stderr).toBe('ssh_tmux\n');
    const plain = await shell(own);
    plain.channel.write('echo "out-$((1+1))-[$TMUX]"\r');
    await untilText(plain.channel, 'out-2-[]');
    plain.end();
    await own.destroy();
  });
});

describe('forwarding ports', () => {
  it('reaches a port from the machine for the client, each direction with its own end', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('end', () => socket.end('after your end'));
      socket.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await world.connect(machine);
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      client.forwardOut('127.0.0.1', 1, '127.0.0.1', port, (error, stream) =>
        error ? reject(error) : resolve(stream),
      );
    });
    const answer = untilText(channel, 'after your end');
    channel.end('hello');
    await answer;
    client.end();
    server.close();
  });

  it('refuses a port at which nobody listens', async () => {
    const client = await world.connect(machine);
    const refused = new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 1, '127.0.0.1', 1, (error) =>
        error ? reject(error) : resolve(undefined),
      );
    });
    await expect(refused).rejects.toThrow(/open failure/);
    client.end();
  });

  it('opens a port on the machine that leads to the client, and closes it with the connection', async () => {
    const client = await world.connect(machine);
    client.on('tcp connection', (_info, accept) => accept().end('from the client'));
    const port = await new Promise<number>((resolve, reject) => {
      client.forwardIn('127.0.0.1', 0, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    const socket = connect(port, '127.0.0.1');
    await untilText(socket, 'from the client');
    client.end();
    await once(client, 'close');
    const later = connect(port, '127.0.0.1');
    await expect(once(later, 'connect')).rejects.toThrow(/ECONNRE/);
  });
});
