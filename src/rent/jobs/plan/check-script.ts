// Whether a shell can read a script, asked of bash itself, which runs nothing of it.
import { spawn } from 'node:child_process';
import type { Check } from './check.ts';

/** `name` is what the script is called: `setup` or `run`. Nothing in it is run. */
export async function checkScript(
  { name, script }: { readonly name: string; readonly script: string },
  signal?: AbortSignal,
): Promise<Check> {
  const answer = await readByBash(script, signal);
  if (answer.kind === 'no-bash') {
    return {
      name,
      verdict: 'unknown',
      sentence: `${name} was not read: there is no bash on this machine (${answer.reason}); the instance will read it`,
    };
  }
  if (answer.status === 0)
    return { name, verdict: 'ok', sentence: `${name} is read by bash without a fault` };
  const [first = `it ended with ${answer.status}`] = answer.said
    .split('\n')
    .filter((line) => line.trim() !== '');
  // What bash says begins with its own name, which is not of interest.
  const said = first.replace(/^bash: /, '');
  return { name, verdict: 'fault', sentence: `${name} is no script that bash can read: ${said}` };
}

type Answer =
  | { readonly kind: 'read'; readonly status: number | null; readonly said: string }
  | { readonly kind: 'no-bash'; readonly reason: string };

const LONGEST_ANSWER = 4_096;

function readByBash(script: string, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const bash = spawn('bash', ['-n'], { stdio: ['pipe', 'ignore', 'pipe'], ...(signal && { signal }) });
    let said = '';
    bash.stderr.on('data', (chunk) => {
      if (said.length < LONGEST_ANSWER) said += String(chunk);
    });
    bash.once('error', (error) => {
      if (signal?.aborted) reject(error);
      else resolve({ kind: 'no-bash', reason: error.message });
    });
    bash.once('close', (status) => resolve({ kind: 'read', status, said }));
    // Bash may stop reading at the first fault: its answer counts, not the broken pipe.
    bash.stdin.on('error', () => undefined);
    bash.stdin.end(`${script}\n`);
  });
}
