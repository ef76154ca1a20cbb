// What runs on the machine for an attempt: the work folder at its commit, setup, then run, each in a shell of its own.
// POSIX sh, as images without bash have it. Pure.
import { quoteWord } from '../../../net/ssh/index.ts';
import type { Job } from '../file/index.ts';

/** Where everything of a job is on a machine. */
export const WORKSPACE = '/workspace';

/** Exit code of a run whose preparation has failed: no shell and no signal gives it. */
export const SETUP_FAILED = 190;

/** There once setup has succeeded, beside the run's other files; relative to the home folder. */
export function setupMark(runId: string): string {
  return `.vastdeck/runs/${runId}/setup-done`;
}

/** One attempt has one run, for ever: whoever starts it again is told how it stands. */
export function runIdOf(jobId: string, attempt: number): string {
  return `${jobId}.${attempt}`;
}

/** The work has ended: from now on the machine waits only for somebody to collect. */
const TELL_SWITCH = `mkdir -p "\${HOME:-/root}/.vastdeck"; date +%s > "\${HOME:-/root}/.vastdeck/done-at"`;

/** A trap runs when the program in front has ended; a subshell begins without its parent's. */
const WAIT_FOR_CHILD = 'trap : TERM 2>/dev/null || true';
const END_AFTER_CHILD = "trap 'exit 143' TERM 2>/dev/null || true";

/**
 * A command that fails ends its part, as continuous integration does it: whoever pays by the hour wants to know of a
 * download that failed before the training runs without it. The switch on the machine is told when the work has ended.
 */
export function runScript(job: Job, runId: string): string {
  const parts = [
    // Told to end, the shells wait for the program that saves its work, and begin nothing after it.
    WAIT_FOR_CHILD,
    // Of an attempt before this one on the same machine.
    `rm -f "\${HOME:-/root}/.vastdeck/done-at"`,
    ...(job.workdir?.kind === 'git' ? [part(checkout(job.workdir), 'the checkout')] : []),
    ...(job.setup === undefined ? [] : [part(job.setup, 'setup')]),
    `: > "\${HOME:-/root}/${setupMark(runId)}"`,
    `(\n${END_AFTER_CHILD}\nset -e\n${job.run}\n)`,
    'code=$?',
    TELL_SWITCH,
    'exit $code',
  ];
  return `${parts.join('\n')}\n`;
}

function part(script: string, what: string): string {
  return `(
${END_AFTER_CHILD}
set -e
${script}
)
code=$?
if [ $code -ne 0 ]; then
  echo "vastdeck: ${what} failed with exit code $code" >&2
  ${TELL_SWITCH}
  exit ${SETUP_FAILED}
fi`;
}

/** Servers that give no single commit are asked for all of it. */
function checkout({ url, commit }: { readonly url: string; readonly commit: string }): string {
  const [from, at] = [quoteWord(url), quoteWord(commit)];
  return `[ -d .git ] || git init -q .
git remote remove origin 2>/dev/null || true
git remote add origin ${from}
git fetch -q --depth 1 origin ${at} || git fetch -q origin
git checkout -q -f ${at}`;
}
