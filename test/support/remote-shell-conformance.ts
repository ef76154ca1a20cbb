// What every RemoteShell has to do, whatever stands behind it: run on the in-process twin, on the real
// client against OpenSSH's sshd, and on the real client against the simulator's SSH server.
import { createHash } from 'node:crypto';
import {
  CommandTimeoutError,
  ConnectionLostError,
  NoSuchFileError,
  OutputLimitError,
  quoteWord,
  RemoteFileError,
  type RemoteShell,
  ShellClosedError,
} from 'vastdeck/ssh';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** One machine. */
export interface ConformanceMachine {
  /** Absolute; made where it is missing, and nothing else uses it. */
  readonly folder: string;
  connect(): Promise<RemoteShell>;
  /** Breaks every connection to the machine without goodbye. */
  cut(): void;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

export function remoteShellConformance(name: string, open: () => Promise<ConformanceMachine>): void {
  describe(`a RemoteShell on ${name}`, () => {
    let machine: ConformanceMachine;
    let shell: RemoteShell;
    let folder: string;
    let tests = 0;

    beforeAll(async () => {
      machine = await open();
    });
    afterAll(async () => await machine.close());
    beforeEach(async () => {
      shell = await machine.connect();
      tests += 1;
      folder = `${machine.folder}/test-${tests}`;
      await shell.exec(`mkdir -p ${quoteWord(folder)}`);
    });
    afterEach(async () => await shell.close());

    const path = (file: string) => `${folder}/${file}`;
    /** The path as a word of a command line. */
    const word = (file: string) => quoteWord(path(file));
    const put = (file: string, text: string) => shell.upload(path(file), [Buffer.from(text)]);
    const text = async (file: string, by = shell) =>
      Buffer.from(await by.read(path(file), 0, MIB)).toString();
    const isAlive = async (processId: string, by = shell) =>
      // A dead one that nobody has collected yet is a zombie, and dead.
      /^[^Z\s]/.test((await by.exec(`ps -o stat= -p ${processId}`)).stdout);

    describe('runs commands', () => {
      it.each([0, 1, 3, 255])('and tells their exit code, here %i', async (code) => {
        expect(await shell.exec(`exit ${code}`)).toEqual({ code, signal: null, stdout: '', stderr: '' });
      });

      it('and tells 127 and the name of a command that is not there', async () => {
        const { code, stderr } = await shell.exec('no-such-command-here --help');
        expect(code).toBe(127);
        expect(stderr).toContain('no-such-command-here');
      });

      it('and keeps standard error apart from standard output', async () => {
        const result = await shell.exec('echo out; echo err >&2; echo out again; echo err again >&2');
        expect(result).toMatchObject({ stdout: 'out\nout again\n', stderr: 'err\nerr again\n' });
      });

      it.each(['TERM', 'KILL', 'HUP'])('and names the signal that killed one, here %s', async (signal) => {
        expect(await shell.exec(`kill -${signal} $$`)).toMatchObject({ code: null, signal: `SIG${signal}` });
      });

      it('in the same folder in which relative file names begin', async () => {
        const file = `conformance-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
        await shell.exec(`echo here > ${file}`);
        expect(Buffer.from(await shell.read(file, 0, 10)).toString()).toBe('here\n');
        await shell.exec(`rm ${file}`);
        expect(await shell.stat(file)).toBeUndefined();
      });

      it('with several lines, comments, quotes and UTF-8 as they are', async () => {
        const line = `# a comment\necho "a  b" 'c"d' \\$HOME\nprintf '%s\\n' 'héllo wörld 日本 🚀' # end`;
        expect((await shell.exec(line)).stdout).toBe('a  b c"d $HOME\nhéllo wörld 日本 🚀\n');
      });

      it('and joins output until every process that holds it has ended', async () => {
        const go = word('go');
        const running = shell.exec(`(while [ ! -e ${go} ]; do sleep 0.02; done; echo late) & echo early`);
        const first = await Promise.race([
          running.then(() => 'ended'),
          shell.exec('true').then(() => 'runs'),
        ]);
        expect(first).toBe('runs');
        await shell.exec(`touch ${go}`);
        expect((await running).stdout).toBe('early\nlate\n');
      });

      it('forty at once, more than a server grants sessions, each with its own output', async () => {
        const results = await Promise.all(
          Array.from({ length: 40 }, (_, i) => shell.exec(`echo "line ${i}"; exit ${i % 7}`)),
        );
        expect(results.map(({ stdout, code }) => [stdout, code])).toEqual(
          Array.from({ length: 40 }, (_, i) => [`line ${i}\n`, i % 7]),
        );
      });
    });

    describe('gives commands their environment', () => {
      it('with quotes, newlines, dollars and UTF-8 in the values', async () => {
        const env = { PLAIN: 'x', ODD: `a'b"c $HOME \`id\` \\n\n second line é`, EMPTY: '' };
        const { stdout } = await shell.exec('printf "%s|%s|%s|" "$PLAIN" "$ODD" "$EMPTY"; cat', {
          env,
          stdin: 'and input',
        });
        expect(stdout).toBe(`${env.PLAIN}|${env.ODD}|${env.EMPTY}|and input`);
      });

      it('which other commands do not see', async () => {
        await shell.exec('true', { env: { ONLY_ONE: 'x' } });
        expect((await shell.exec(`echo "[\${ONLY_ONE:-none}]"`)).stdout).toBe('[none]\n');
      });

      it('and refuses what cannot be a name', async () => {
        await expect(shell.exec('true', { env: { 'A=1; rm -rf x': 'y' } })).rejects.toThrow(TypeError);
      });
    });

    describe('feeds commands', () => {
      it('with text, bytes or pieces, and closes the input after them', async () => {
        const bytes = Buffer.from([0, 255, 10, 13, 0, 128]);
        async function* pieces() {
          yield bytes;
          yield bytes;
        }
        expect((await shell.exec('cat', { stdin: 'text é' })).stdout).toBe('text é');
        await shell.exec(`cat > ${word('bytes')}`, { stdin: bytes });
        await shell.exec(`cat > ${word('pieces')}`, { stdin: pieces() });
        expect(Buffer.from(await shell.read(path('bytes'), 0, 100))).toEqual(bytes);
        expect(Buffer.from(await shell.read(path('pieces'), 0, 100))).toEqual(Buffer.concat([bytes, bytes]));
      });

      it('with nothing when nothing is given', async () => {
        expect(await shell.exec('cat; echo end')).toMatchObject({ stdout: 'end\n', code: 0 });
      });

      it('with more than they want to read', async () => {
        const stdin = Buffer.alloc(6 * MIB, 'x');
        expect(await shell.exec('head -c 3', { stdin })).toMatchObject({ stdout: 'xxx', code: 0 });
        expect((await shell.exec('true', { stdin })).code).toBe(0);
      });

      it('and ends them when the pieces break off, with that error', async () => {
        const broken = new Error('the source broke');
        async function* pieces() {
          yield Buffer.from('one');
          throw broken;
        }
        await expect(shell.exec('cat; sleep 30', { stdin: pieces() })).rejects.toBe(broken);
      });
    });

    describe('ends commands before their time', () => {
      /** Runs until it is ended; its process and that of a child are in the files `shell` and `child`. */
      const endless = () =>
        `sleep 30 & echo $! > ${word('child')}; echo $$ > ${word('shell')}; echo started; wait`;
      const gone = async (file: string) => {
        const processId = (await text(file)).trim();
        expect(processId).toMatch(/^\d+$/);
        while (await isAlive(processId)) await shell.exec('true');
      };

      it('when the time is over, and their children too', async () => {
        // A busy machine may not get as far as writing the files in a short time.
        for (let timeoutMs = 250; !(await shell.stat(path('shell'))); timeoutMs *= 2) {
          const error = await shell.exec(endless(), { timeoutMs }).catch((cause: unknown) => cause);
          expect(error).toBeInstanceOf(CommandTimeoutError);
          expect(error).toMatchObject({ timeoutMs });
        }
        await gone('shell');
        await gone('child');
      });

      it('but not when they are in time', async () => {
        expect((await shell.exec('echo in time', { timeoutMs: 20_000 })).stdout).toBe('in time\n');
      });

      it('when the signal is aborted, with its reason, and their children too', async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const reason = new Error('changed my mind');
        const stream = shell.stream(endless(), { signal });
        const loop = (async () => {
          for await (const _bytes of stream) controller.abort(reason);
        })();
        await expect(loop).rejects.toBe(reason);
        await expect(stream.ended).rejects.toBe(reason);
        await gone('shell');
        await gone('child');
      });

      it('and never begins one whose signal is aborted already', async () => {
        const reason = new Error('too late');
        const signal = AbortSignal.abort(reason);
        await expect(shell.exec(`touch ${word('begun')}`, { signal })).rejects.toBe(reason);
        await shell.exec('true');
        expect(await shell.stat(path('begun'))).toBeUndefined();
      });

      it('when the reader leaves the loop, and tells how it ended', async () => {
        const stream = shell.stream(endless());
        for await (const bytes of stream) {
          expect(Buffer.from(bytes).toString()).toBe('started\n');
          break;
        }
        expect(await stream.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
        await gone('child');
      });

      it('when they write more than the limit, and not when they write just as much', async () => {
        await put('output', 'x'.repeat(1000));
        const command = `cat ${word('output')}`;
        expect((await shell.exec(command, { maxOutputBytes: 1000 })).stdout).toHaveLength(1000);
        await expect(shell.exec(command, { maxOutputBytes: 999 })).rejects.toBeInstanceOf(OutputLimitError);
        await expect(shell.exec(`${command} >&2`, { maxOutputBytes: 999 })).rejects.toBeInstanceOf(
          OutputLimitError,
        );
      });
    });

    describe('streams output', () => {
      it('of eight megabytes of any bytes, exactly', async () => {
        const bytes = noise(8 * MIB);
        await shell.upload(path('noise'), [bytes]);
        const stream = shell.stream(`cat ${word('noise')}; echo problem >&2; exit 5`);
        expect(await digest(stream)).toBe(await digest([bytes]));
        expect(await stream.ended).toEqual({ code: 5, signal: null, stderr: 'problem\n' });
      });

      it('and of some megabytes of text by exec', async () => {
        const line = `${'0123456789'.repeat(10)}é\n`;
        await put('lines', line.repeat(30_000));
        const { stdout } = await shell.exec(`cat ${word('lines')}; cat ${word('lines')} >&2`);
        expect(stdout === line.repeat(30_000)).toBe(true);
      });

      it('no faster than it is read', async () => {
        await shell.upload(path('megabyte'), [Buffer.alloc(MIB, 'x')]);
        const rounds = 64;
        const stream = shell.stream(
          `for i in $(seq ${rounds}); do cat ${word('megabyte')}; echo done >> ${word('progress')}; done`,
        );
        let written = 0;
        let read = 0;
        for await (const bytes of stream) {
          if (read === 0) written = await standstill(() => sizeOf('progress'));
          read += bytes.length;
        }
        // What lies between the two: windows, pipes and sockets, some megabytes; the rest has to wait.
        expect(written / 'done\n'.length).toBeLessThan(rounds / 2);
        expect(read).toBe(rounds * MIB);
      });

      it('as it comes, while the command runs on', async () => {
        await put('log', 'first\n');
        const stream = shell.stream(`tail -n +1 -F ${word('log')} 2>/dev/null`);
        const seen: string[] = [];
        for await (const bytes of stream) {
          seen.push(Buffer.from(bytes).toString());
          if (seen.join('').endsWith('third\n')) break;
          if (seen.join('') === 'first\n') await shell.exec(`printf 'second\\nthird\\n' >> ${word('log')}`);
        }
        expect(seen.join('')).toBe('first\nsecond\nthird\n');
      });

      it('and says how a command failed that wrote nothing', async () => {
        const stream = shell.stream(`cat ${word('missing')}`);
        expect(await digest(stream)).toBe(await digest([]));
        expect((await stream.ended).code).toBe(1);
        expect((await stream.ended).stderr).toContain('missing');
      });

      const sizeOf = async (file: string) => (await shell.stat(path(file)))?.sizeBytes ?? 0;
    });

    describe('reads and writes by offset', () => {
      it('from the middle, over the end and behind it', async () => {
        await put('digits', '0123456789');
        const at = async (offset: number, length: number) =>
          Buffer.from(await shell.read(path('digits'), offset, length)).toString();
        expect(await at(0, 10)).toBe('0123456789');
        expect(await at(3, 4)).toBe('3456');
        expect(await at(8, 100)).toBe('89');
        expect(await at(10, 5)).toBe('');
        expect(await at(1000, 5)).toBe('');
        expect(await at(2, 0)).toBe('');
      });

      it('creating the file, keeping what is around, and filling a gap with zeros', async () => {
        const file = path('written');
        await shell.write(file, 0, Buffer.from('0123456789'));
        await shell.write(file, 4, Buffer.from('XY'));
        await shell.write(file, 12, Buffer.from('end'));
        await shell.write(file, 2, new Uint8Array());
        expect(await text('written')).toBe('0123XY6789\0\0end');
        await shell.write(path('empty'), 0, new Uint8Array());
        expect(await shell.stat(path('empty'))).toMatchObject({ sizeBytes: 0, kind: 'file' });
      });

      it('of some megabytes at once', async () => {
        const bytes = noise(3 * MIB + 17);
        await shell.write(path('large'), 1, bytes);
        expect(Buffer.from(await shell.read(path('large'), 1, bytes.length + 1000)).equals(bytes)).toBe(true);
      });

      it('and says what is missing or no file', async () => {
        await expect(shell.read(path('missing'), 0, 1)).rejects.toBeInstanceOf(NoSuchFileError);
        await expect(shell.write(path('no/folder'), 0, Buffer.from('x'))).rejects.toBeInstanceOf(
          NoSuchFileError,
        );
        await expect(shell.read(folder, 0, 1)).rejects.toBeInstanceOf(RemoteFileError);
        await expect(shell.write(folder, 0, Buffer.from('x'))).rejects.toBeInstanceOf(RemoteFileError);
        await expect(shell.read(path('missing'), 0, 1)).rejects.toMatchObject({ path: path('missing') });
      });

      it('and refuses offsets that are none', async () => {
        for (const offset of [-1, 0.5, Number.NaN]) {
          await expect(shell.read(path('x'), offset, 1)).rejects.toBeInstanceOf(RangeError);
          await expect(shell.write(path('x'), offset, new Uint8Array(1))).rejects.toBeInstanceOf(RangeError);
        }
      });
    });

    describe('looks at files', () => {
      it('and tells kind, size and time', async () => {
        await put('file', 'twelve bytes');
        await shell.exec(`touch -d @1700000000 ${word('file')}; mkdir ${word('folder')}`);
        expect(await shell.stat(path('file'))).toEqual({
          path: path('file'),
          kind: 'file',
          isExecutable: false,
          sizeBytes: 12,
          modifiedAtMs: 1_700_000_000_000,
        });
        expect(await shell.stat(path('folder'))).toMatchObject({ kind: 'directory' });
      });

      it('and tells that nothing is there', async () => {
        await put('file', 'x');
        for (const nothing of ['missing', 'no/folder', 'file/below'])
          expect(await shell.stat(path(nothing))).toBeUndefined();
      });

      it('through links, and not where they lead nowhere', async () => {
        await put('target', '12345');
        await shell.exec(`ln -s target ${word('link')}; ln -s nowhere ${word('dangling')}`);
        await shell.exec(`ln -s loop ${word('loop')}; ln -s ${quoteWord(folder)} ${word('up')}`);
        expect(await shell.stat(path('link'))).toMatchObject({ kind: 'file', sizeBytes: 5 });
        expect(await shell.stat(path('up/link'))).toMatchObject({ path: path('up/link'), sizeBytes: 5 });
        expect(await shell.stat(path('dangling'))).toBeUndefined();
        expect(await text('link')).toBe('12345');
        await shell.write(path('link'), 0, Buffer.from('ABC'));
        expect(await text('target')).toBe('ABC45');
      });

      it('and lists a folder by name without following its links', async () => {
        await shell.exec(`mkdir ${word('sub')}; ln -s sub ${word('link')}`);
        await put('b', '1');
        await put('.hidden', '22');
        await put('sub/inner', 'x');
        const list = await shell.list(folder);
        expect(list.map((file) => [file.path, file.kind])).toEqual([
          [path('.hidden'), 'file'],
          [path('b'), 'file'],
          [path('link'), 'link'],
          [path('sub'), 'directory'],
        ]);
        expect(list[0]?.sizeBytes).toBe(2);
        expect((await shell.list(`${folder}/link`)).map((file) => file.path)).toEqual([path('link/inner')]);
      });

      it('and tells an empty folder from a missing one and from a file', async () => {
        await put('file', 'x');
        await shell.exec(`mkdir ${word('empty')}`);
        expect(await shell.list(path('empty'))).toEqual([]);
        await expect(shell.list(path('missing'))).rejects.toBeInstanceOf(NoSuchFileError);
        await expect(shell.list(path('file'))).rejects.toBeInstanceOf(RemoteFileError);
      });

      it.each([
        'with space',
        "quote's",
        'double"quote',
        'new\nline',
        '-dash',
        'ünïcödé 日本 🚀',
        '$(id) `id` \\ *?[a]',
        'a'.repeat(255),
      ])('named %j', async (odd) => {
        await put(odd, 'content');
        expect((await shell.list(folder)).map((file) => file.path)).toEqual([path(odd)]);
        expect(await shell.stat(path(odd))).toMatchObject({ sizeBytes: 7 });
        expect((await shell.exec(`cat ${word(odd)}`)).stdout).toBe('content');
      });
    });

    describe('moves whole files', () => {
      it('there and back, exactly, from pieces of any size', async () => {
        const bytes = noise(5 * MIB + 3);
        const pieces = cut(bytes, [1, 100_000, 3, 0, 2 * MIB, 131_072]);
        expect(await shell.upload(path('file'), pieces)).toBe(bytes.length);
        expect(await digest(shell.download(path('file')))).toBe(await digest([bytes]));
        const tail = shell.download(path('file'), { offset: 5 * MIB });
        expect(await digest(tail)).toBe(await digest([bytes.subarray(5 * MIB)]));
        expect(await digest(shell.download(path('file'), { offset: 6 * MIB }))).toBe(await digest([]));
      });

      it('replacing what was there, or continuing it after a cut', async () => {
        await put('file', 'a long first content');
        await put('file', 'short');
        expect(await text('file')).toBe('short');
        expect(await shell.upload(path('file'), [Buffer.from('RE')], { offset: 3 })).toBe(2);
        expect(await text('file')).toBe('shoRE');
        expect(await shell.upload(path('file'), [], { offset: 2 })).toBe(0);
        expect(await text('file')).toBe('sh');
        await expect(shell.upload(path('file'), [], { offset: 3 })).rejects.toBeInstanceOf(RemoteFileError);
      });

      it('and leaves a download early', async () => {
        await shell.upload(path('file'), [noise(4 * MIB)]);
        for await (const bytes of shell.download(path('file'))) {
          expect(bytes.length).toBeGreaterThan(0);
          break;
        }
        expect((await shell.stat(path('file')))?.sizeBytes).toBe(4 * MIB);
      });

      it('until the signal is aborted, with its reason', async () => {
        const controller = new AbortController();
        const reason = new Error('stop');
        const { signal } = controller;
        async function* endless() {
          for (let i = 0; ; i += 1) {
            if (i === 5) controller.abort(reason);
            yield noise(MIB);
          }
        }
        await expect(shell.upload(path('file'), endless(), { signal })).rejects.toBe(reason);
        await expect(digest(shell.download(path('file'), { signal }))).rejects.toBe(reason);
      });

      it('and says what is missing', async () => {
        await expect(digest(shell.download(path('missing')))).rejects.toBeInstanceOf(NoSuchFileError);
        await expect(shell.upload(path('no/folder'), [])).rejects.toBeInstanceOf(NoSuchFileError);
        await expect(digest(shell.download(folder))).rejects.toBeInstanceOf(RemoteFileError);
      });
    });

    describe('when the connection is lost', () => {
      it('everything under way and everything after it rejects with that', async () => {
        await put('file', 'x');
        // Processes outlive a lost connection, so these end when they are told to.
        const untilOver = `while [ ! -e ${word('over')} ]; do sleep 0.05; done`;
        const reading = shell.stream(`echo started; ${untilOver}`);
        const bytes = reading[Symbol.asyncIterator]();
        expect(Buffer.from((await bytes.next()).value as Uint8Array).toString()).toBe('started\n');
        async function* endless() {
          for (;;) yield noise(MIB);
        }
        const underWay = [
          shell.exec(untilOver),
          shell.exec(untilOver, { timeoutMs: 20_000 }),
          shell.upload(path('upload'), endless()),
          bytes.next(),
          reading.ended,
        ];
        machine.cut();
        for (const settled of await Promise.allSettled(underWay))
          expect(settled).toMatchObject({ reason: expect.any(ConnectionLostError) });
        await expect(shell.exec('true')).rejects.toBeInstanceOf(ConnectionLostError);
        await expect(digest(shell.stream('true'))).rejects.toBeInstanceOf(ConnectionLostError);
        await expect(shell.stat(path('file'))).rejects.toBeInstanceOf(ConnectionLostError);
        await expect(shell.read(path('file'), 0, 1)).rejects.toBeInstanceOf(ConnectionLostError);
        await expect(digest(shell.download(path('file')))).rejects.toBeInstanceOf(ConnectionLostError);
        await shell.close();
        await using second = await machine.connect();
        await second.upload(path('over'), []);
      });

      it('another one finds the files as they were', async () => {
        await put('file', 'kept');
        machine.cut();
        await using second = await machine.connect();
        expect(await text('file', second)).toBe('kept');
      });

      it('a detached process goes on', async () => {
        const script = `while [ ! -e go ]; do sleep 0.02; done; echo went on > result`;
        const { stdout } = await shell.exec(
          `cd ${quoteWord(folder)}; setsid nohup sh -c ${quoteWord(script)} > log 2>&1 < /dev/null & echo $!`,
        );
        const processId = stdout.trim();
        expect(processId).toMatch(/^\d+$/);
        machine.cut();
        await using second = await machine.connect();
        await second.upload(path('go'), []);
        while ((await second.stat(path('result')))?.sizeBytes !== 8) await second.exec('true');
        expect(await text('result', second)).toBe('went on\n');
      });
    });

    describe('when it is closed', () => {
      it('ends what runs, and rejects it and every later call with that', async () => {
        const stream = shell.stream('echo $$; sleep 30');
        const bytes = stream[Symbol.asyncIterator]();
        const processId = Buffer.from((await bytes.next()).value as Uint8Array)
          .toString()
          .trim();
        const underWay = [shell.exec('sleep 30'), bytes.next(), stream.ended];
        const closing = shell.close();
        for (const settled of await Promise.allSettled(underWay))
          expect(settled).toMatchObject({ reason: expect.any(ShellClosedError) });
        await expect(shell.exec('true')).rejects.toBeInstanceOf(ShellClosedError);
        await expect(shell.stat('/')).rejects.toBeInstanceOf(ShellClosedError);
        await closing;
        await shell.close();
        await using second = await machine.connect();
        while (await isAlive(processId, second)) await second.exec('true');
      });

      it('leaves a detached process alone', async () => {
        const { stdout } = await shell.exec('setsid nohup sleep 30 > /dev/null 2>&1 < /dev/null & echo $!');
        await shell.close();
        await using second = await machine.connect();
        expect(await isAlive(stdout.trim(), second)).toBe(true);
        await second.exec(`kill ${stdout.trim()}`);
        while (await isAlive(stdout.trim(), second)) await second.exec('true');
      });
    });
  });
}

/** Bytes without a pattern that would hide a piece in the wrong place; the same for the same length. */
function noise(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = length | 1;
  for (let i = 0; i < length; i += 1) {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** `bytes` in pieces of these lengths, then the rest. */
function* cut(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  let position = 0;
  for (const length of lengths) {
    yield bytes.subarray(position, position + length);
    position += length;
  }
  yield bytes.subarray(position);
}

async function digest(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** The value once it has stayed the same for thirty readings. */
async function standstill(read: () => Promise<number>): Promise<number> {
  let value = await read();
  for (let same = 0; same < 30; same += 1) {
    const next = await read();
    if (next !== value) same = 0;
    value = next;
  }
  return value;
}
