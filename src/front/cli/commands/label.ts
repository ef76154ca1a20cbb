// `vastdeck label`: another name for an instance; what proves ours to be ours stays in front of it.
import { relabel } from '../../../rent/rental/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance } from '../one-instance.ts';

export async function label(context: Context, words: readonly string[], flags: Flags): Promise<void> {
  const [name, wanted, tooMuch] = words[0] === 'instance' && words.length === 3 ? words.slice(1) : words;
  if (name === undefined || wanted === undefined || tooMuch !== undefined) {
    throw new UsageError('A name and the new one are wanted: vastdeck label box-1 trainer');
  }
  await using renting = await openInstanceSession(context);
  const { instance, rental, shown } = await findInstance(renting, name, context.terminal.interrupted);
  if (flags.dryRun === true) {
    context.terminal.err(`Would call ${shown} "${wanted}". Nothing was done: this is a dry run.\n`);
    return;
  }
  const now = await relabel(renting, { instance, rental, name: wanted });
  context.terminal.err(`${shown} is called "${wanted}" now.\n`);
  if (flags.json === true || flags.format !== undefined) {
    const row = { id: instance.id, name: wanted, label: now, was: rental?.name ?? instance.label };
    context.print([row], [{ name: 'id' }, { name: 'name' }, { name: 'label' }, { name: 'was' }], flags);
  }
}
