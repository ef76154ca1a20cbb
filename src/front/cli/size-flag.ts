// Sizes out of flags: `20GB`, `1.5TB`, or a plain number of GB.
import { UsageError } from './errors.ts';
import { valueText } from './output/column.ts';

const GB_IN: Readonly<Record<string, number>> = { '': 1, GB: 1, GIB: 1.073741824, TB: 1_000, MB: 0.001 };

/** In GB. Throws a UsageError with a size that works. */
export function readSizeGb(name: string, text: unknown): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(valueText(text).trim()) ?? [];
  const factor = GB_IN[unit.toUpperCase()];
  const size = Number(digits) * (factor ?? Number.NaN);
  if (size > 0 && Number.isFinite(size)) return size;
  throw new UsageError(`${name} "${valueText(text)}" is not a size; write it like ${name} 20GB`);
}
