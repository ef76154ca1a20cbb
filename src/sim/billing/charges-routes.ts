// Charges by contract, as the billing page shows them: one row for an instance or a volume, one item for each kind
// and price.
import { ApiError } from '../api/api-error.ts';
import { askedPage, jsonParam } from '../api/list-query.ts';
import { numberOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { type Billing, CHARGE_KINDS, type Charge, type ContractFacts } from './billing.ts';

export interface ChargesDeps {
  readonly charges: Billing['charges'];
  readonly factsOf: (instanceId: number) => ContractFacts | undefined;
}

const DAY_MS = 86_400_000;
const PAGES = { usual: 100, most: 500 };
/** Contracts that the filter names; there are no serverless ones here. */
const TYPES: readonly string[] = ['instance', 'volume', 'serverless'];

export function chargesRoutes(deps: ChargesDeps): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v0/charges',
      scope: 'billing_read',
      intervalSec: 1,
      summary: 'What each contract cost on the days whose midnight lies in `day.gte` to `day.lte`; in pages.',
      handle: (call) => listCharges(deps, call),
    },
  ];
}

function listCharges({ charges, factsOf }: ChargesDeps, { caller, query, nowMs }: Call): Response {
  const filters = (jsonParam(query, 'select_filters') ?? {}) as Readonly<Record<string, unknown>>;
  const { gte, lte } = (filters.day ?? {}) as { readonly gte?: unknown; readonly lte?: unknown };
  const [fromSec, toSec] = [numberOf({ gte }, 'gte'), numberOf({ lte }, 'lte')];
  if (fromSec === undefined || toSec === undefined) {
    throw new ApiError(
      400,
      'invalid_request',
      "Must provide both 'day' gte and lte filters for instance charges",
    );
  }
  const format = query.get('format') ?? 'table';
  if (format !== 'table' && format !== 'tree') {
    throw new ApiError(400, 'invalid_request', `Error in query parameters: format ${format} is unknown`);
  }
  const types = typesOf(filters.type);
  const all = charges({
    accountId: caller.account.id,
    fromMs: Math.ceil((fromSec * 1_000) / DAY_MS) * DAY_MS,
    toMs: Math.min(nowMs, (Math.floor((toSec * 1_000) / DAY_MS) + 1) * DAY_MS),
  }).filter(({ contract }) => types.includes(contract));
  const rows = [...Map.groupBy(all, sourceOf)].map(([source, own]) => contractRow(source, own, factsOf));
  const isLatestFirst = query.get('latest_first')?.toLowerCase() !== 'false';
  rows.sort(
    (a, b) => (isLatestFirst ? b.end - a.end || b.start - a.start : a.start - b.start) || byId(a.id, b.id),
  );
  const page = askedPage(rows, query, PAGES);
  return jsonReply({
    success: true,
    count: page.rows.length,
    total: rows.length,
    next_token: page.nextToken,
    results: page.rows.map(({ shown }) => shown),
  });
}

function typesOf(filter: unknown): readonly string[] {
  const list = (filter as { readonly in?: unknown } | undefined)?.in;
  if (list === undefined) return TYPES;
  const named = (Array.isArray(list) ? list : [list]).filter((each) => typeof each === 'string');
  const unknown = named.find((type) => !TYPES.includes(type));
  if (unknown === undefined) return named;
  throw new ApiError(400, 'invalid_request', `Error in query parameters: type ${unknown} is unknown`);
}

function contractRow(source: string, charges: readonly Charge[], factsOf: ChargesDeps['factsOf']) {
  const { contract, instanceId } = charges[0] as Charge;
  const { start, end } = daysOf(charges);
  const days = (end - start) / (DAY_MS / 1_000) + 1;
  const name = contract === 'volume' ? 'Volume' : 'Instance';
  const shown = {
    start,
    end,
    type: contract,
    source,
    description: `${name} ${instanceId} Charges - ${days} ${days === 1 ? 'day' : 'days'}`,
    amount: rounded(charges),
    metadata: metadataOf(contract === 'instance' ? factsOf(instanceId) : undefined),
    items: CHARGE_KINDS.flatMap((kind) => {
      const own = charges.filter((charge) => charge.kind === kind);
      return [...Map.groupBy(own, ({ price }) => price)].map(([price, each]) => ({
        ...daysOf(each),
        type: kind,
        source: null,
        description: priced(
          kind,
          each.reduce((sum, { quantity }) => sum + quantity, 0),
          price,
        ),
        amount: rounded(each),
        metadata: {},
        items: [],
      }));
    }),
  };
  return { id: source, start, end, shown };
}

/** First and last day, as the seconds of their midnights. */
function daysOf(charges: readonly Charge[]): { readonly start: number; readonly end: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { fromMs, toMs } of charges) {
    // Traffic falls on one moment, which belongs to the stretch that it ends.
    from = Math.min(from, fromMs < toMs ? fromMs : toMs - 1);
    to = Math.max(to, toMs);
  }
  return { start: midnightSec(from), end: midnightSec(to - 1) };
}

function midnightSec(ms: number): number {
  return (Math.floor(ms / DAY_MS) * DAY_MS) / 1_000;
}

/** Like `96.000 hours at $0.389/hour`. Small prices keep three digits that say something. */
function priced(kind: Charge['kind'], quantity: number, price: number): string {
  const shown = price >= 0.01 || price === 0 ? price.toFixed(3) : price.toPrecision(3);
  return kind === 'gpu' || kind === 'disk'
    ? `${quantity.toFixed(3)} hours at $${shown}/hour`
    : `${quantity.toFixed(3)} GB at $${shown}/GB`;
}

function rounded(charges: readonly Charge[]): number {
  return Number(charges.reduce((sum, { amountUsd }) => sum + amountUsd, 0).toFixed(3));
}

function metadataOf(facts: ContractFacts | undefined): Readonly<Record<string, unknown>> {
  return {
    ...(facts?.templateId != null && { template_id: facts.templateId }),
    ...(facts?.label != null && { label: facts.label }),
  };
}

function sourceOf({ contract, instanceId }: Charge): string {
  return `${contract}-${instanceId}`;
}

function byId(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
