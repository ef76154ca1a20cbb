// The environment of a machine's processes: what a login sets, and Vast.ai's variables over it.
import type { InsidePaths } from './container.ts';
import { SYSTEM_PATH } from './disk-layout.ts';

export interface MachineEnvOptions {
  readonly paths: InsidePaths;
  /** The spec's variables, which win except over where things are. */
  readonly variables: Readonly<Record<string, string>>;
}

export function machineEnv({ paths, variables }: MachineEnvOptions): Readonly<Record<string, string>> {
  const isPlain = paths.home !== '/root';
  return {
    LANG: 'C.UTF-8',
    ...variables,
    USER: 'root',
    LOGNAME: 'root',
    SHELL: '/bin/bash',
    HOME: paths.home,
    WORKSPACE: paths.workspace,
    PATH: `${paths.bin}:${variables.PATH ?? SYSTEM_PATH}`,
    // Without a root of their own, programs need telling where the machine's folders are.
    ...(isPlain ? { TMPDIR: paths.tmp, TMUX_TMPDIR: paths.tmp, DATA_DIRECTORY: `${paths.workspace}/` } : {}),
  };
}
