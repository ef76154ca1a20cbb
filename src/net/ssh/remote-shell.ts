// The seam to a machine: what jobs, transfers and the monitor may do on an SSH target. Three things stand
// behind it: a real connection, the simulator's SSH server reached by one, and the simulator's in-process
// twin. One suite of tests runs on all three.

/** What a command may be fed: whole, or piece by piece. */
export type CommandInput = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface ExecOptions {
  /** Exported before the command runs. Values do not show in the target's process list. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The user's own shell runs the command, for words that a person wrote for it. Default false: `sh` does, so that a
   * script means the same for whoever logs in by zsh or fish.
   */
  readonly byLoginShell?: boolean;
  /** Sent to the command's standard input, which is closed after it; closed at once without. */
  readonly stdin?: CommandInput;
  /** Rejects with its reason at once; the command gets SIGTERM, then its channel is closed. */
  readonly signal?: AbortSignal;
  /** The same after this time, by a CommandTimeoutError. No limit by default. */
  readonly timeoutMs?: number;
  /**
   * Bytes of standard output, and of standard error, that `exec` holds; a command that writes more is ended
   * and rejects with an OutputLimitError. Default 64 MiB. A stream has no such limit.
   */
  readonly maxOutputBytes?: number;
}

/**
 * How a command ended: a code, or the name of the signal that killed it (`SIGTERM`), the other being null.
 * Both are null when the target closed the channel without a word.
 */
export interface CommandEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ExecResult extends CommandEnd {
  /** Decoded as UTF-8; what is no text is read by `stream`. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface StreamEnd extends CommandEnd {
  /** The last 64 KiB of standard error. */
  readonly stderr: string;
}

/**
 * The bytes of standard output as they come; the command waits when nobody reads them. Leaving the loop
 * early ends the command as an abort does.
 */
export interface RemoteStream extends AsyncIterable<Uint8Array> {
  /** Settles once the bytes are read to their end (or the loop is left); rejects with what ended the loop. */
  readonly ended: Promise<StreamEnd>;
}

export interface RemoteFileInfo {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly sizeBytes: number;
  /** Whole seconds: the protocol carries no more. */
  readonly modifiedAtMs: number;
  /** A file that its owner may run. */
  readonly isExecutable: boolean;
}

export interface DownloadOptions {
  /** Where to begin; default 0. */
  readonly offset?: number;
  readonly signal?: AbortSignal;
}

export interface UploadOptions {
  /** The file is cut to this length first (default 0) and continued from there. */
  readonly offset?: number;
  readonly signal?: AbortSignal;
}

/**
 * One connection to one target. Relative paths and commands start in the user's home. At most
 * `COMMANDS_AT_ONCE` commands run at a time, further ones wait for their turn. Every call rejects with a
 * ConnectionLostError once the connection is lost, and with a ShellClosedError after `close`.
 */
export interface RemoteShell extends AsyncDisposable {
  /** Runs a command line by the target's `sh`, in the login's environment, and waits for its end. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Starts a command line at once and gives its standard output as it comes. */
  stream(command: string, options?: ExecOptions): RemoteStream;
  /** Follows links; undefined when nothing is there. */
  stat(path: string): Promise<RemoteFileInfo | undefined>;
  /** What a directory holds, by name; links are not followed. Rejects with NoSuchFileError. */
  list(path: string): Promise<readonly RemoteFileInfo[]>;
  /** Reads `length` bytes from `offset`; fewer at the end of the file. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Writes at `offset`, creating the file when it is missing; what is beyond stays. */
  write(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** A file's bytes in order, with many requests under way; no more is asked for than the reader takes. */
  download(path: string, options?: DownloadOptions): AsyncIterable<Uint8Array>;
  /**
   * Writes a file from pieces of any size with many requests under way; resolves to the bytes written. A
   * piece must not be changed after it was given.
   */
  upload(
    path: string,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: UploadOptions,
  ): Promise<number>;
  /** Ends running commands (not detached ones) and the connection; calling it again is harmless. */
  close(): Promise<void>;
}

/** OpenSSH grants ten sessions a connection by default: eight for commands, one for files, one for kills. */
export const COMMANDS_AT_ONCE = 8;
