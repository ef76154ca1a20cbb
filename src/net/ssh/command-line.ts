// What is sent to the target's shell around a command: the number of its process, and its environment.

/** Quotes one word for a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export interface CommandLine {
  readonly line: string;
  /** What has to come first on standard input. */
  readonly inputPrefix: string;
}

/** Words of the line that comes first on each output of a command. */
const MARKS = { stdout: 'vastdeck-output ', stderr: 'vastdeck-process ' } as const;

/** A command's process number, and where its own output begins, told to both outputs by the shell `which`. */
const tellBy = (which: string) =>
  `printf '${MARKS.stderr}%s\\n' "${which}" >&2; printf '${MARKS.stdout}%s\\n' begins`;

/** Else a bash in the command takes itself for the session's first one, and reads `~/.bashrc`. */
const DEEPER = 'export SHLVL=$((SHLVL+1))';

/**
 * `sh` runs the command, whatever the login shell is: zsh splits no words, and fish knows neither `$$` nor `case`. By
 * the login shell only where a person's own words are run.
 *
 * The first thing the shell does is to tell its process number, on a line of standard error that a prelude reader takes
 * out again: OpenSSH up to 9.2 at least refuses the protocol's own signals in a session of root, so a command is ended
 * by `kill` in a second session. A line on standard output parts the command's own bytes from what start-up files
 * print: bash reads `~/.bashrc` in every session.
 *
 * The environment goes by standard input, not by the line, where everybody who may list processes would
 * read tokens; the protocol's own way is closed by sshd's default AcceptEnv. `dd bs=1` reads no byte too
 * many, whatever comes after.
 */
export function wrapCommand(
  command: string,
  {
    env = {},
    byLoginShell = false,
  }: { readonly env?: Readonly<Record<string, string>>; readonly byLoginShell?: boolean } = {},
): CommandLine {
  const exports = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new TypeError(
        `${JSON.stringify(name)} cannot be the name of an environment variable; use letters, digits and _`,
      );
    return `export ${name}=${quoteWord(value)}`;
  });
  const inputPrefix = exports.join('\n');
  const take = `eval "$(dd bs=1 count=${Buffer.byteLength(inputPrefix)} 2>/dev/null)"\n`;
  const rest = `${exports.length === 0 ? '' : take}${command}`;
  // The login shell is the parent of the one that tells.
  if (byLoginShell) return { line: `sh -c ${quoteForAnyShell(tellBy('$PPID'))}\n${rest}`, inputPrefix };
  return { line: `exec sh -c ${quoteForAnyShell(`${tellBy('$$')}\n${DEEPER}\n${rest}`)}`, inputPrefix };
}

/** As POSIX shells and fish read it: within quotes, fish knows a backslash. */
function quoteForAnyShell(word: string): string {
  return `'${word.replace(/['\\]/g, (char) => `'\\${char}'`)}'`;
}

/** The line that ends a command: the session's whole process group, whose number is the shell's. */
export function killLine(processId: number): string {
  return `kill -TERM -- -${processId} 2>/dev/null || kill -TERM ${processId}`;
}

/** Start-up files may write first; a mark that has not come by then will not come. */
const MARK_SEARCH_BYTES = 256 * 1024;

export interface PreludeReader {
  /** Takes bytes of one output; returns those that are the command's own. */
  take(bytes: Buffer): Buffer;
  /** What was held back while the mark was searched for, at the end. */
  rest(): Buffer;
}

/** What start-up files wrote to standard error is passed on, since it may say why nothing works. */
export function createStderrReader(onProcessId: (processId: number) => void): PreludeReader {
  return createPreludeReader(MARKS.stderr, (before, word) => {
    onProcessId(Number(word));
    return before;
  });
}

/** What start-up files wrote to standard output is no output of the command. */
export function createStdoutReader(): PreludeReader {
  return createPreludeReader(MARKS.stdout, () => Buffer.alloc(0));
}

/** `onMark` says what becomes of the bytes before the mark's line. */
function createPreludeReader(mark: string, onMark: (before: Buffer, word: string) => Buffer): PreludeReader {
  let held: Buffer | undefined = Buffer.alloc(0);
  return {
    take(bytes) {
      if (!held) return bytes;
      held = Buffer.concat([held, bytes]);
      const start = held.indexOf(mark);
      const end = start < 0 ? -1 : held.indexOf('\n', start);
      if (end < 0 && held.length < MARK_SEARCH_BYTES) return Buffer.alloc(0);
      const whole = held;
      held = undefined;
      if (end < 0) return whole;
      const before = onMark(whole.subarray(0, start), whole.toString('latin1', start + mark.length, end));
      return Buffer.concat([before, whole.subarray(end + 1)]);
    },
    rest() {
      const rest = held ?? Buffer.alloc(0);
      held = undefined;
      return rest;
    },
  };
}
