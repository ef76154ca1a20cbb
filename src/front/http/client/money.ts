// Caps, limits, what was spent, and the switch that forbids all spending.
import {
  budgetSchema,
  type CapRequest,
  capSchema,
  costSchema,
  haltChangeSchema,
  type LimitRequest,
  limitSchema,
  removedSchema,
} from '../protocol.ts';
import type { Ask } from './ask.ts';

export function moneyMethods({ get, post, put, remove }: Ask) {
  const limitPath = (name: string) => `/v1/budget/limits/${encodeURIComponent(name)}`;
  return {
    budget: () => get(budgetSchema, '/v1/budget'),
    setCap: (request: CapRequest) => put(capSchema, '/v1/budget/caps', request),
    removeCap: (cap: Pick<CapRequest, 'whose' | 'window'>) => remove(removedSchema, '/v1/budget/caps', cap),
    setLimit: (name: string, request: LimitRequest) => put(limitSchema, limitPath(name), request),
    removeLimit: (name: string) => remove(removedSchema, limitPath(name)),
    cost: (
      { by = [], sinceMs }: { readonly by?: readonly string[]; readonly sinceMs?: number } = {},
      signal?: AbortSignal,
    ) => get(costSchema, '/v1/cost', { by: by.join(','), since: sinceMs }, signal),
    halt: (reason: string, signal?: AbortSignal) => post(haltChangeSchema, '/v1/halt', { reason }, signal),
    resume: () => post(haltChangeSchema, '/v1/resume'),
  };
}
