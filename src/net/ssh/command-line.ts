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

const PROCESS_MARK = 'vastdeck-process ';

/**
 * The first thing the shell does is to tell its process number, on a line of standard error that
 * `createPreludeReader` takes out again: OpenSSH up to 9.2 at least refuses the protocol's own signals in a
 * session of root, so a command is ended by `kill` in a second session.
 *
 * The environment goes by standard input, not by the line, where everybody who may list processes would
 * read tokens; the protocol's own way is closed by sshd's default AcceptEnv. `dd bs=1` reads no byte too
 * many, whatever comes after.
 */
export function wrapCommand(command: string, env: Readonly<Record<string, string>> = {}): CommandLine {
  const tell = `printf '${PROCESS_MARK}%s\\n' "$$" >&2`;
  const exports = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new TypeError(
        `${JSON.stringify(name)} cannot be the name of an environment variable; use letters, digits and _`,
      );
    return `export ${name}=${quoteWord(value)}`;
  });
  if (exports.length === 0) return { line: `${tell}\n${command}`, inputPrefix: '' };
  const inputPrefix = exports.join('\n');
  const take = `eval "$(dd bs=1 count=${Buffer.byteLength(inputPrefix)} 2>/dev/null)"`;
  return { line: `${tell}\n${take}\n${command}`, inputPrefix };
}

/** The line that ends a command: the session's whole process group, whose number is the shell's. */
export function killLine(processId: number): string {
  return `kill -TERM -- -${processId} 2>/dev/null || kill -TERM ${processId}`;
}

/** Start-up files may write to standard error first; a mark that has not come by then will not come. */
const MARK_SEARCH_BYTES = 256 * 1024;

export interface PreludeReader {
  /** Takes bytes of standard error; returns those that are the command's own. */
  take(bytes: Buffer): Buffer;
  /** What was held back while the mark was searched for, at the end. */
  rest(): Buffer;
}

export function createPreludeReader(onProcessId: (processId: number) => void): PreludeReader {
  let held: Buffer | undefined = Buffer.alloc(0);
  return {
    take(bytes) {
      if (!held) return bytes;
      held = Buffer.concat([held, bytes]);
      const start = held.indexOf(PROCESS_MARK);
      const end = start < 0 ? -1 : held.indexOf('\n', start);
      if (end < 0 && held.length < MARK_SEARCH_BYTES) return Buffer.alloc(0);
      const whole = held;
      held = undefined;
      if (end < 0) return whole;
      onProcessId(Number(whole.toString('latin1', start + PROCESS_MARK.length, end)));
      return Buffer.concat([whole.subarray(0, start), whole.subarray(end + 1)]);
    },
    rest() {
      const rest = held ?? Buffer.alloc(0);
      held = undefined;
      return rest;
    },
  };
}
