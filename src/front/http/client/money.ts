// Caps, limits, what was spent, and the switch that forbids all spending.
import type { CapRequest, LimitRequest } from '../protocol.ts';
import type { Ask } from './ask.ts';

const money = () => import('../protocol/money.ts');
const cost = () => import('../protocol/cost.ts');

export function moneyMethods({ get, post, put, remove }: Ask) {
  const limitPath = (name: string) => `/v1/budget/limits/${encodeURIComponent(name)}`;
  return {
    budget: () => get(async () => (await money()).budgetSchema, '/v1/budget'),
    setCap: (request: CapRequest) => put(async () => (await money()).capSchema, '/v1/budget/caps', request),
    removeCap: (cap: Pick<CapRequest, 'whose' | 'window'>) =>
      remove(async () => (await money()).removedSchema, '/v1/budget/caps', cap),
    setLimit: (name: string, request: LimitRequest) =>
      put(async () => (await money()).limitSchema, limitPath(name), request),
    removeLimit: (name: string) => remove(async () => (await money()).removedSchema, limitPath(name)),
    cost: (
      { by = [], sinceMs }: { readonly by?: readonly string[]; readonly sinceMs?: number } = {},
      signal?: AbortSignal,
    ) => get(async () => (await cost()).costSchema, '/v1/cost', { by: by.join(','), since: sinceMs }, signal),
    halt: (reason: string, signal?: AbortSignal) =>
      post(async () => (await money()).haltChangeSchema, '/v1/halt', { reason }, signal),
    resume: () => post(async () => (await money()).haltChangeSchema, '/v1/resume'),
  };
}
