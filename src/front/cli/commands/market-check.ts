// `vastdeck market check`: proves the store whole, or says where it is not.
import { formatDuration } from '../../../base/std/index.ts';
import { checkMarket } from '../../../watch/history/index.ts';
import { type Context, formatOf } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { snakeKeys } from '../output/snake-case.ts';
import { storeToRead } from '../store-place.ts';

export async function marketCheck(context: Context, flags: Flags): Promise<void> {
  const { clock, log, terminal } = context;
  const { findings, ...result } = await checkMarket({ dir: storeToRead(context, flags), clock, log });
  if (formatOf(flags, terminal) === 'table') {
    const counts = `${result.polls} polls with ${result.observations.toLocaleString('en-US')} observations in ${result.files} files, ${formatDuration(result.tookMs)}`;
    terminal.out(result.isWhole ? `The store is whole: ${counts}.\n` : `The store is damaged (${counts}):\n`);
    for (const finding of findings) terminal.out(`- ${finding}\n`);
  } else {
    const row = { ...(snakeKeys(result) as Record<string, unknown>), findings };
    context.print(
      [row],
      Object.keys(row).map((name) => ({ name })),
      flags,
    );
  }
  if (!result.isWhole) context.endWith(EXIT_CODES.failed);
}
