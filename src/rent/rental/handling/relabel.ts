// Another name for an instance. What is signed in a label stays: without it nothing proves the instance ours.
import type { Instance } from '../../../net/vast/index.ts';
import { labelCore } from '../ending/orphans.ts';
import { type Rental, readLabel } from '../records/index.ts';
import { CannotHandleError, type HandlingContext } from './context.ts';

/** The service takes more; a label is for people. */
const LONGEST_LABEL = 256;

/** Resolves to the label that it has now. Throws CannotHandleError and the service's errors. */
export async function relabel(
  { client, install, records }: Pick<HandlingContext, 'client' | 'install' | 'records'>,
  {
    instance,
    rental,
    name,
  }: { readonly instance: Instance; readonly rental: Rental | undefined; readonly name: string },
): Promise<string> {
  const wanted = name.trim();
  const isSigned = readLabel(install, instance.label).kind !== 'foreign';
  if (!isSigned && wanted.startsWith('vd1.')) {
    throw new CannotHandleError(
      `"${wanted}" looks like a label that proves an instance ours, and must not stand on one that is not; choose another name`,
    );
  }
  const label = isSigned ? [labelCore(instance.label), wanted].filter(Boolean).join(' ') : wanted;
  const room = LONGEST_LABEL - (label.length - wanted.length);
  if (wanted.length > room) {
    throw new CannotHandleError(`The name has ${wanted.length} characters; give it at most ${room}`);
  }
  await client.instances.label(instance.id, label);
  if (rental) await records.change(rental, { name: wanted }, { was: rental.name, name: wanted });
  return label;
}
