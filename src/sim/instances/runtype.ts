// How an instance is reached, in all the spellings that clients send: words apart by blanks, `direct` with or without
// its last letter.
import { ApiError } from '../api/api-error.ts';

const WORDS = ['ssh', 'jupyter', 'args', 'ssh_proxy', 'ssh_direc', 'jupyter_proxy', 'jupyter_direc'] as const;

/** The service's spelling. Throws ApiError 400 for a word that is none. */
export function readRuntype(text: string): string {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/_direct$/, '_direc'));
  for (const word of words) {
    if ((WORDS as readonly string[]).includes(word)) continue;
    throw new ApiError(
      400,
      'invalid_args',
      `error 400/3467: Invalid args: runtype "${text}" is none of ssh, jupyter, args, ssh_proxy, ssh_direct, jupyter_proxy, jupyter_direct.`,
    );
  }
  return words.join(' ');
}

export function hasSsh(runtype: string): boolean {
  return /\b(ssh|jupyter)/.test(runtype);
}

export function hasJupyter(runtype: string): boolean {
  return /\bjupyter/.test(runtype);
}
