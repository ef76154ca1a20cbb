// `vastdeck recover`: instances that carry our label while no rental is known, after a lost store. Told only, unless
// `--apply`, which puts them under care again.
import { formatUsd } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';

const COLUMNS: readonly Column[] = [
  { name: 'instance_id', title: 'instance' },
  { name: 'kind' },
  { name: 'state' },
  { name: 'usd_per_hour', title: '$/h', format: (value) => formatUsd(Number(value)) },
  { name: 'rental_id', title: 'rental', importance: 1 },
  { name: 'name' },
  { name: 'reason', isProse: true },
];

export async function recover(context: Context, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using renting = await openInstanceSession(context);
  const isToApply = flags.apply === true;
  const { isKnown, reason, rows } = await renting.ender.recover({ apply: isToApply });
  const shown = rows.map(({ instanceId, kind, state, usdPerHour, rental, denied }) => ({
    instance_id: instanceId,
    kind,
    state,
    usd_per_hour: usdPerHour,
    rental_id: rental?.id ?? null,
    name: rental?.name ?? null,
    reason:
      kind === 'other-install'
        ? 'made by another install, whose secret is not here: it is never touched'
        : denied === ''
          ? `paid for until ${screenTime(rental?.prepaidUntilMs ?? 0)}`
          : `under care, and no money could be set aside: ${denied}`,
  }));
  context.print(shown, COLUMNS, flags);
  if (!isKnown) {
    terminal.err(`${reason}\n`);
    context.endWith(EXIT_CODES.api);
    return;
  }
  const lost = rows.filter(({ kind }) => kind === 'lost');
  if (lost.length === 0) terminal.err('Every instance with our label has its rental.\n');
  else if (!isToApply) {
    terminal.err(
      `Nothing was done: "vastdeck recover --apply" puts ${plural(lost.length, 'instance')} under care again, "vastdeck gc --apply" destroys what stays without a rental.\n`,
    );
  }
}
