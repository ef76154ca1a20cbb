// What can go wrong with a machine reached by SSH, one class for each thing that a caller does about it.

/** Root of all errors of this folder. The message is a sentence with the values in it. */
export class RemoteError extends Error {
  override name = 'RemoteError';
}

/** Nobody answers at the address (yet): the machine boots, is gone, or the port is wrong. Try again later. */
export class ConnectRefusedError extends RemoteError {
  override name = 'ConnectRefusedError';
}

/** The address swallows what is sent, or the handshake hangs: a tunnel may be stuck. */
export class ConnectTimeoutError extends RemoteError {
  override name = 'ConnectTimeoutError';
}

/** The machine is there and knows none of our keys: attach the key, then try again. */
export class AuthRefusedError extends RemoteError {
  override name = 'AuthRefusedError';
}

/** Another machine answers than the one that was pinned: send it nothing, ask a person. */
export class HostKeyChangedError extends RemoteError {
  override name = 'HostKeyChangedError';
  readonly expected: string;
  readonly actual: string;

  constructor(target: string, expected: string, actual: string) {
    super(
      `${target} shows the host key ${actual}, but ${expected} was pinned at first use; ` +
        'it is another machine or somebody in between, so nothing was sent to it',
    );
    this.expected = expected;
    this.actual = actual;
  }
}

/** The connection broke; what the call had begun may or may not have happened. Connect again and look. */
export class ConnectionLostError extends RemoteError {
  override name = 'ConnectionLostError';
}

/** The shell was closed by its owner before or during the call. */
export class ShellClosedError extends RemoteError {
  override name = 'ShellClosedError';
}

/** The command took longer than its `timeoutMs`; it was told to end. */
export class CommandTimeoutError extends RemoteError {
  override name = 'CommandTimeoutError';
  readonly timeoutMs: number;

  constructor(command: string, timeoutMs: number) {
    super(`The command ${excerpt(command)} took longer than ${timeoutMs} ms and was told to end`);
    this.timeoutMs = timeoutMs;
  }
}

/** The command wrote more than `maxOutputBytes`; it was told to end. Read such a command by `stream`. */
export class OutputLimitError extends RemoteError {
  override name = 'OutputLimitError';

  constructor(command: string, maxOutputBytes: number) {
    super(`The command ${excerpt(command)} wrote more than ${maxOutputBytes} bytes and was told to end`);
  }
}

/** The target refused a command or a file session although the connection stands. */
export class SessionRefusedError extends RemoteError {
  override name = 'SessionRefusedError';
}

/** Root of what can go wrong with one file; itself where the target gives no reason, for example a directory read as a file. */
export class RemoteFileError extends RemoteError {
  override name = 'RemoteFileError';
  readonly path: string;

  constructor(message: string, path: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}

/** The file, or a directory on the way to it, is not there. */
export class NoSuchFileError extends RemoteFileError {
  override name = 'NoSuchFileError';
}

/** The user may not do that with the file. */
export class PermissionError extends RemoteFileError {
  override name = 'PermissionError';
}

/** Nothing more fits on the disk: free some, or rent a larger one. Part of the bytes may be written. */
export class DiskFullError extends RemoteFileError {
  override name = 'DiskFullError';
}

/** A key that cannot be read: wrong format, or a passphrase on it. */
export class KeyFormatError extends RemoteError {
  override name = 'KeyFormatError';
}

/** The start of a command line, on one line, for an error's sentence. */
function excerpt(command: string): string {
  const line = command.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}
