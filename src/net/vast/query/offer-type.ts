// Names of the rental types, ours and those that other tools use.
import { nearest } from '../../../base/std/index.ts';
import { OFFER_TYPES, type OfferType } from '../offer.ts';
import { QuerySyntaxError } from './syntax-error.ts';

const TYPE_NAMES: Readonly<Record<string, OfferType>> = {
  'on-demand': 'on-demand',
  ondemand: 'on-demand',
  bid: 'interruptible',
  interruptible: 'interruptible',
  spot: 'interruptible',
  reserved: 'reserved',
};

/** `on-demand`, `ondemand`, `bid`, `interruptible`, `spot`, `reserved`, in any case; throws QuerySyntaxError. */
export function parseOfferType(text: string): OfferType {
  const name = text.trim().toLowerCase().replaceAll('_', '-');
  const type = Object.hasOwn(TYPE_NAMES, name) ? TYPE_NAMES[name] : undefined;
  if (type !== undefined) return type;
  const [guess] = nearest(name, Object.keys(TYPE_NAMES), { limit: 1 });
  const problem = `"${text}" is not a type of offer; use ${OFFER_TYPES.join(', ')}`;
  throw new QuerySyntaxError({ text, column: 1, problem, suggestion: guess });
}
