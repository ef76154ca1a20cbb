// Who is at the keyboard, as the ledger writes it beside what they set.
import { userInfo } from 'node:os';
import type { Terminal } from './process.ts';

export function actingPerson({ env }: Pick<Terminal, 'env'>): string {
  return env.USER || env.LOGNAME || nameOfSystem() || 'somebody at the command line';
}

/** Fails where the system has no name for the user, as in some containers. */
function nameOfSystem(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
