// `vastdeck job why`: the story of a job: its own steps with the figures they were decided on, and those of every machine it
// had.
import { formatIso, printable, wrapText } from '../../../base/std/index.ts';
import type { JobStory } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column } from '../output/column.ts';

const COLUMNS: readonly Column[] = ['at', 'about', 'status', 'sentence', 'details', 'data'].map((name) => ({
  name,
}));

export async function jobWhy(context: Context, name: string, flags: Flags): Promise<void> {
  await using api = await openApi(context);
  tellJobStory(context, await api.client.jobWhy(name, 'beginning'), flags);
}

export function tellJobStory(context: Context, story: JobStory, flags: Flags): void {
  if (formatOf(flags, context.terminal) === 'table') {
    printStory(context, story);
    return;
  }
  context.print(
    story.entries.map(({ atMs, details, ...rest }) => ({
      at: formatIso(atMs),
      ...rest,
      details: details.join('; '),
    })),
    COLUMNS,
    flags,
  );
}

/** As a story: a line for each step, and what it was decided by below it. */
function printStory({ terminal }: Context, { name, id, entries }: JobStory): void {
  terminal.out(`${printable(name)} (${id})\n`);
  if (entries.length === 0) terminal.out('Nothing is written down of it any more.\n');
  const width = Math.max(40, terminal.columns - 14);
  let day = '';
  for (const { atMs, about, status, sentence, details } of entries) {
    const [date = '', time = ''] = formatIso(atMs).split('T');
    if (date !== day) terminal.out(`${date} (UTC)\n`);
    day = date;
    const head = `  ${time.slice(0, 8)}  ${about === 'job' ? '' : `${about} `}${status}: `;
    for (const [at, line] of wrapText(printable(sentence), width).entries()) {
      terminal.out(`${at === 0 ? head : ' '.repeat(12)}${line}\n`);
    }
    for (const detail of details) {
      for (const line of wrapText(printable(detail), width)) terminal.out(`            ${line}\n`);
    }
  }
}
