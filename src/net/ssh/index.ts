// The door to machines: one connection to an SSH target, its commands and files.
export { quoteWord } from './command-line.ts';
export { type ConnectOptions, connectShell } from './connect-shell.ts';
export {
  AuthRefusedError,
  CommandTimeoutError,
  ConnectionLostError,
  ConnectRefusedError,
  ConnectTimeoutError,
  DiskFullError,
  HostKeyChangedError,
  KeyFormatError,
  NoSuchFileError,
  OutputLimitError,
  PermissionError,
  RemoteError,
  RemoteFileError,
  SessionRefusedError,
  ShellClosedError,
} from './errors.ts';
export type { HostKey, HostKeyPolicy } from './host-key.ts';
export { fingerprintOfPublicKey, generateKeyPair, type KeyPair, readPrivateKey } from './keys.ts';
export {
  COMMANDS_AT_ONCE,
  type CommandEnd,
  type CommandInput,
  type DownloadOptions,
  type ExecOptions,
  type ExecResult,
  type RemoteFileInfo,
  type RemoteShell,
  type RemoteStream,
  type StreamEnd,
  type UploadOptions,
} from './remote-shell.ts';
