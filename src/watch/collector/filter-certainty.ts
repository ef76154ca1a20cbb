// Whether the collection filter lets an offer through for certain, judged by what the store knows of it.
import type { Filter, FilterScalar } from '../../net/vast/index.ts';
import { expandPlaces } from '../../net/vast/index.ts';
import type { CoverageKey } from '../history/index.ts';
import { regionOf } from './slice.ts';

/** Whether the condition is about something that an offer keeps for life; resold offers never were collected. */
export function isForLife({ field, op, value }: Filter): boolean {
  if (field === 'external') return op === 'eq' && value === false;
  return field === 'gpu_name' || field === 'num_gpus' || field === 'geolocation';
}

/**
 * True only when every condition is about something that an offer keeps for life and that the store knows.
 * An offer whose price or reliability leaves the filter is still listed: its absence proves nothing.
 */
export function isCertainToPass(filters: readonly Filter[], open: CoverageKey): boolean {
  return filters.every((filter) => {
    switch (filter.field) {
      case 'gpu_name':
        return isMet(filter, open.gpuName);
      case 'num_gpus':
        return isMet(filter, open.numGpus);
      case 'geolocation':
        return isMet(withCountries(filter), regionOf(open.geolocation));
      default:
        return isForLife(filter);
    }
  });
}

function isMet({ op, value }: Filter, known: string | number | null): boolean {
  if (known === null) return false;
  const values = (Array.isArray(value) ? value : [value]) as readonly FilterScalar[];
  const [first] = values;
  switch (op) {
    case 'eq':
    case 'in':
      return values.includes(known);
    case 'neq':
    case 'notin':
      return !values.includes(known);
    case 'gt':
      return first !== null && first !== undefined && known > first;
    case 'gte':
      return first !== null && first !== undefined && known >= first;
    case 'lt':
      return first !== null && first !== undefined && known < first;
    case 'lte':
      return first !== null && first !== undefined && known <= first;
  }
}

function withCountries(filter: Filter): Filter {
  const places = (Array.isArray(filter.value) ? filter.value : [filter.value]) as readonly string[];
  return { ...filter, value: expandPlaces(places) };
}
