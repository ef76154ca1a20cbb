// Finds the field that a word of a query names, or says what was probably meant.
import { nearest } from '../../../base/std/index.ts';
import { FIELD_ALIASES, FILTER_FIELDS, type FilterField, findField } from './fields.ts';
import { QuerySyntaxError } from './syntax-error.ts';

/** `text` is the whole query and `column` the place of `name` in it, for the error. Throws QuerySyntaxError. */
export function resolveField(
  name: string,
  { text, column }: { readonly text: string; readonly column: number },
): FilterField {
  const field = findField(name);
  if (field !== undefined) return field;
  const [suggestion] = nearest(name, [...FILTER_FIELDS, ...Object.keys(FIELD_ALIASES)], { limit: 1 });
  const hint =
    suggestion === undefined
      ? '; fields are for example gpu_name, num_gpus, gpu_ram, dph_total, reliability, geolocation'
      : `; did you mean ${suggestion}?`;
  throw new QuerySyntaxError({ text, column, problem: `there is no field "${name}"${hint}`, suggestion });
}
