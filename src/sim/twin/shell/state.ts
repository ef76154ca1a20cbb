// What a shell of the twin remembers between commands, and what its machine offers it.

import type { Program, TwinProcess } from '../process.ts';
import type { ProcessTable } from '../process-table.ts';

export interface ShellHost {
  readonly table: ProcessTable;
  findProgram(name: string): Program | undefined;
  /** Notes something that the twin does not know, for tests that want to see none. */
  refuse(what: string): void;
}

export interface ShellState {
  readonly host: ShellHost;
  readonly process: TwinProcess;
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly jobs: Map<number, TwinProcess>;
  /** $0. */
  readonly name: string;
  /** `$$`: a subshell has its parent's. */
  readonly shellPid: number;
  positional: readonly string[];
  lastCode: number;
  lastJob: number | undefined;
  /** `set -e`. */
  stopsAtFault: boolean;
  /** `set -u`. */
  refusesUnset: boolean;
  exitTrap: string | undefined;
}

export function createShellState(
  host: ShellHost,
  process: TwinProcess,
  { name, positional }: { readonly name: string; readonly positional: readonly string[] },
): ShellState {
  return {
    host,
    process,
    variables: new Map(Object.entries(process.environment)),
    exported: new Set(Object.keys(process.environment)),
    jobs: new Map(),
    name,
    shellPid: process.pid,
    positional,
    lastCode: 0,
    lastJob: undefined,
    stopsAtFault: false,
    refusesUnset: false,
    exitTrap: undefined,
  };
}

/** A subshell: everything as it is, changes stay inside, the trap is not inherited. */
export function copyShellState(state: ShellState, process: TwinProcess): ShellState {
  return {
    ...state,
    process,
    variables: new Map(state.variables),
    exported: new Set(state.exported),
    jobs: new Map(),
    exitTrap: undefined,
  };
}

export function exportedEnv(state: ShellState): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of state.exported) {
    const value = state.variables.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
