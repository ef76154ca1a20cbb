// `vastdeck run [resources] -- CMD`: a job without a file. The file that would ask for it is printed, so that the next time
// it is one.
import { quoteWord } from '../../../net/ssh/index.ts';
import { formatJobFile, type Job } from '../../../rent/jobs/index.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import { submitJob } from './job-submit.ts';
import { readRunWish } from './run-wish.ts';

export async function runJob(context: Context, words: readonly string[], flags: Flags): Promise<void> {
  const { terminal, random } = context;
  const command = words.length === 1 ? (words[0] ?? '') : words.map(quoteWord).join(' ');
  const job: Job = readRunWish(flags, { command, random });
  const file = formatJobFile(job);
  if (flags.print === true) {
    terminal.out(file);
    return;
  }
  terminal.err(`${file.replaceAll(/^/gm, '  ').trimEnd()}\n`);
  await submitJob(context, () => ({ text: file, job, jobs: [job], folder: terminal.cwd }), flags);
}
