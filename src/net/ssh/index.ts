export type { ExecOptions, ExecResult, RemoteFileInfo, RemoteShell } from './remote-shell.ts';
