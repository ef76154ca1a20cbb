// `vastdeck why`: every decision about a rental or an instance, with its figures; what others did to it comes from the
// service's own log. Works from the store alone when the service cannot be asked.
import { formatIso, printable, wrapText } from '../../../base/std/index.ts';
import { DaemonAnswerError } from '../../http/daemon-client.ts';
import type { JobStory, WhyAnswer } from '../../http/protocol.ts';
import { type ApiSession, openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column } from '../output/column.ts';
import { tellJobStory } from './job-why.ts';

const COLUMNS: readonly Column[] = [
  { name: 'at' },
  { name: 'about' },
  { name: 'status' },
  { name: 'sentence' },
  { name: 'details' },
  { name: 'data' },
];

export async function why(context: Context, id: string, flags: Flags): Promise<void> {
  const { terminal, config } = context;
  await using api = await openApi(context);
  const job = await storyOfJob(api, id);
  if (job) return tellJobStory(context, job, flags);
  const isOffline = flags.offline === true || !config.apiKey.value;
  const found = await api.client.why(id, { isOffline, signal: terminal.interrupted });
  const { entries, target, remarks } = found;
  for (const remark of remarks) terminal.err(`${remark}\n`);
  if (formatOf(flags, terminal) === 'table') {
    printStory(context, found);
    return;
  }
  const rows = entries.map(({ atMs, about, status, sentence, details, data }) => ({
    at: formatIso(atMs),
    about,
    status,
    sentence,
    details: details.join('; '),
    data,
  }));
  context.print(rows, COLUMNS, flags);
  if (rows.length === 0) terminal.err(`Nothing is written down of ${target.name || id}.\n`);
}

/** A job's machine has its name: the whole name or id of a job means the job, whose story has the machines in it. */
async function storyOfJob({ client }: ApiSession, id: string): Promise<JobStory | undefined> {
  try {
    return await client.jobWhy(id, 'whole');
  } catch (error) {
    if (error instanceof DaemonAnswerError && error.status === 404) return undefined;
    throw error;
  }
}

/** As a story: a line for each step, and what it was decided by below it. */
function printStory({ terminal }: Context, { target, entries }: WhyAnswer): void {
  const { name, rentalId, instanceId } = target;
  const ids = [rentalId, instanceId === null ? undefined : `instance ${instanceId}`].filter(Boolean);
  terminal.out(`${printable(name === '' ? String(ids[0] ?? '') : name)} (${ids.join(', ')})\n`);
  if (entries.length === 0) terminal.out('Nothing is written down of it.\n');
  let day = '';
  for (const { atMs, about, status, sentence, details } of entries) {
    const [date = '', time = ''] = formatIso(atMs).split('T');
    if (date !== day) terminal.out(`${date} (UTC)\n`);
    day = date;
    const head = `  ${time.slice(0, 8)}  ${about === 'rental' ? '' : `${about} `}${status}: `;
    for (const [at, line] of wrapText(printable(sentence), Math.max(40, terminal.columns - 14)).entries()) {
      terminal.out(`${at === 0 ? head : ' '.repeat(12)}${line}\n`);
    }
    for (const detail of details) {
      for (const line of wrapText(printable(detail), Math.max(40, terminal.columns - 14)))
        terminal.out(`            ${line}\n`);
    }
  }
}
