// `vastdeck notify`: whether alerts reach their people.
import { formatIso } from '../../../base/std/index.ts';
import { createOutbox, type Outbox, type SendOutcome } from '../../../net/notify/index.ts';
import type { Books } from '../../app/index.ts';
import { openBooksHere } from '../books-here.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { readNotifyOptions } from '../notify-settings.ts';
import type { Column } from '../output/column.ts';

const STATUS_COLUMNS: readonly Column[] = [
  { name: 'channel' },
  { name: 'type' },
  { name: 'host' },
  { name: 'health' },
  { name: 'waiting' },
  { name: 'next_try_at', isWhole: true, importance: 1 },
  { name: 'reason', isProse: true },
];

const TEST_COLUMNS: readonly Column[] = [
  { name: 'channel' },
  { name: 'result' },
  { name: 'reason', isProse: true },
];

function outboxOf({ config, random, log }: Context, { store }: Books): Outbox {
  return createOutbox({
    store,
    fetch: globalThis.fetch,
    random: random.fork('outbox'),
    log,
    options: readNotifyOptions(config),
  });
}

function sayNone({ terminal, config }: Context): void {
  terminal.err(
    `No channel is set, so alerts are only written down: put them under notify.channels in ${config.home.value}/vastdeck.yaml.\n`,
  );
}

export async function notifyStatus(context: Context, flags: Flags): Promise<void> {
  await using books = await openBooksHere(context);
  const channels = await outboxOf(context, books).listChannels();
  const rows = channels.map(({ name, type, host, health, waiting, nextTryAtMs, reason }) => ({
    channel: name,
    type,
    host,
    health,
    waiting,
    next_try_at: nextTryAtMs === undefined ? null : formatIso(nextTryAtMs),
    reason,
  }));
  context.print(rows, STATUS_COLUMNS, flags);
  if (rows.length === 0) sayNone(context);
}

/** To one channel, or to all of them. */
export async function notifyTest(context: Context, channel: string | undefined, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using books = await openBooksHere(context);
  const outbox = outboxOf(context, books);
  const names = channel === undefined ? (await outbox.listChannels()).map(({ name }) => name) : [channel];
  const rows: { readonly channel: string; readonly result: SendOutcome['kind']; readonly reason: string }[] =
    [];
  for (const name of names) {
    const sent = await outbox.sendTest(name, terminal.interrupted);
    rows.push({ channel: name, result: sent.kind, reason: sent.kind === 'sent' ? '' : sent.reason });
  }
  context.print(rows, TEST_COLUMNS, flags);
  if (rows.length === 0) sayNone(context);
  if (rows.length === 0 || rows.some(({ result }) => result !== 'sent')) context.endWith(EXIT_CODES.failed);
}
