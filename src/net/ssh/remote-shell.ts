// The seam to a machine: what jobs, transfers and the monitor may do on an SSH target. Three things stand
// behind it: a real connection, the simulator's SSH server reached by one, and the simulator's in-process
// twin. One suite of tests runs on all three.

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to the command's standard input, which is closed after it. */
  readonly stdin?: string | Uint8Array;
  /** Ends the command with SIGTERM, then the channel. */
  readonly signal?: AbortSignal;
  /** No limit by default. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code, or null when a signal ended the command. */
  readonly code: number | null;
  readonly signal: string | null;
}

export interface RemoteFileInfo {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** One connection to one target. Every call rejects with the connection's error once it is lost. */
export interface RemoteShell extends AsyncDisposable {
  /** Runs a command line by the target's login shell and waits for its end. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** The bytes of a command's standard output as they come; ends with the command. */
  stream(command: string, options?: ExecOptions): AsyncIterable<Uint8Array>;
  stat(path: string): Promise<RemoteFileInfo | undefined>;
  list(path: string): Promise<readonly RemoteFileInfo[]>;
  /** Reads `length` bytes from `offset`; fewer at the end of the file. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Writes at `offset`, creating the file when it is missing. */
  write(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
