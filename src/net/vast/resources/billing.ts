// What the account was charged and what it paid, as the service's billing page shows it.
import type { CallOptions } from '../api-call.ts';
import { isObject, msOrNull, numberOrNull, textOrNull } from '../decode-fields.ts';
import { listPages, type PagedRows } from '../list-pages.ts';
import type { SendRead } from '../send-read.ts';

export const CONTRACT_TYPES = ['instance', 'volume', 'serverless'] as const;
export type ContractType = (typeof CONTRACT_TYPES)[number];

export interface ChargesRequest {
  /** Days (UTC) whose midnight lies between the two are counted whole. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Default all. */
  readonly types?: readonly ContractType[];
}

/** A part of a charge: `gpu`, `disk`, `bwd` (download), `bwu` (upload). */
export interface ChargeItem {
  readonly type: string | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** Like `96.000 hours at $0.389/hour`. */
  readonly description: string | null;
  /** Dollars, to three digits. */
  readonly amountUsd: number;
  readonly items: readonly ChargeItem[];
}

/** What one contract cost. */
export interface Charge extends ChargeItem {
  /** Like `instance-123`. */
  readonly source: string | null;
  /** Of the instance or volume that `source` names. */
  readonly contractId: number | null;
  readonly label: string | null;
  readonly templateId: number | null;
}

export interface InvoicesRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** `stripe_payments`, `transfer`, `instance_prepay` …; default all. */
  readonly services?: readonly string[];
}

export interface Invoice {
  readonly id: number | null;
  /** `credit`, `transfer`, `payout`, `refund`, `reserved`. */
  readonly type: string | null;
  readonly service: string | null;
  readonly atMs: number | null;
  readonly description: string | null;
  /** Dollars with the service's sign: below zero for what went into the credit. */
  readonly amountUsd: number;
}

/** All pages of each; the oldest first. Throws the errors of a read. */
export interface BillingResource {
  charges(request: ChargesRequest, options?: CallOptions): Promise<PagedRows<Charge>>;
  invoices(request: InvoicesRequest, options?: CallOptions): Promise<PagedRows<Invoice>>;
}

type Row = Readonly<Record<string, unknown>>;

export function createBilling({ send }: { readonly send: SendRead }): BillingResource {
  return {
    charges: ({ fromMs, toMs, types }, options) =>
      listPages(
        send,
        {
          route: '/charges/',
          query: {
            select_filters: JSON.stringify({
              day: secondsOf(fromMs, toMs),
              ...(types && { type: { in: types } }),
            }),
            latest_first: 'false',
            limit: '100',
            // With it the kinds of a contract's charges are in its items.
            format: 'tree',
          },
          field: 'results',
          decode: decodeCharge,
        },
        options,
      ),
    invoices: ({ fromMs, toMs, services }, options) =>
      listPages(
        send,
        {
          route: '/v1/invoices/',
          query: {
            select_filters: JSON.stringify({
              when: secondsOf(fromMs, toMs),
              ...(services && { service: { in: services } }),
            }),
            latest_first: 'false',
            limit: '60',
          },
          field: 'results',
          decode: decodeInvoice,
        },
        options,
      ),
  };
}

function secondsOf(fromMs: number, toMs: number) {
  return { gte: fromMs / 1_000, lte: toMs / 1_000 };
}

function decodeCharge(row: Row): Charge | undefined {
  const item = decodeItem(row);
  if (!item) return undefined;
  const metadata = isObject(row.metadata) ? row.metadata : {};
  const source = textOrNull(row.source);
  const contractId = /-(\d+)$/.exec(source ?? '')?.[1];
  return {
    ...item,
    source,
    contractId: contractId === undefined ? null : Number(contractId),
    label: textOrNull(metadata.label),
    templateId: numberOrNull(metadata.template_id),
  };
}

function decodeItem(row: Row): ChargeItem | undefined {
  const amountUsd = moneyOf(row.amount);
  const nested: readonly unknown[] = Array.isArray(row.items) ? row.items : [];
  const items = nested.map((each) => (isObject(each) ? decodeItem(each) : undefined));
  if (amountUsd === undefined || items.includes(undefined)) return undefined;
  return {
    type: textOrNull(row.type),
    startMs: msOrNull(row.start),
    endMs: msOrNull(row.end),
    description: textOrNull(row.description),
    amountUsd,
    items: items.filter((item) => item !== undefined),
  };
}

function decodeInvoice(row: Row): Invoice | undefined {
  const amountUsd = moneyOf(row.amount);
  if (amountUsd === undefined) return undefined;
  const metadata = isObject(row.metadata) ? row.metadata : {};
  return {
    id: numberOrNull(metadata.invoice_id),
    type: textOrNull(row.type),
    service: textOrNull(metadata.service) ?? textOrNull(row.source),
    atMs: msOrNull(row.start),
    description: textOrNull(row.description),
    amountUsd,
  };
}

/** Money is never guessed: a row without a readable amount is a fault. */
function moneyOf(value: unknown): number | undefined {
  const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return numberOrNull(amount) ?? undefined;
}
