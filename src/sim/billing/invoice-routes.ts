// Invoices: what was paid in, transferred, prepaid, paid back and paid out. The new listing, and the two old ones.
import { ApiError } from '../api/api-error.ts';
import { askedPage, filterRows, jsonParam, orderRows, selectCols } from '../api/list-query.ts';
import { numberOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Billing, Charge, Payment, PaymentKind } from './billing.ts';

export type InvoiceDeps = Pick<Billing, 'charges' | 'payments' | 'creditUsd'>;

const PAGES = { usual: 60, most: 500 };

/** Word of the listing for each kind, and the service that moves the money. */
const WORDING: Readonly<Record<PaymentKind, { readonly type: string; readonly service: string }>> = {
  deposit: { type: 'credit', service: 'stripe_payments' },
  transfer: { type: 'transfer', service: 'transfer' },
  prepay: { type: 'reserved', service: 'instance_prepay' },
  refund: { type: 'refund', service: 'stripe_payments' },
  payout: { type: 'payout', service: 'wise_manual' },
};

const KIND_WORDS: Readonly<Record<Charge['kind'], string>> = {
  gpu: 'GPU charge: hours of',
  disk: 'Storage charge: hours of',
  bwd: 'Download charge: GB of',
  bwu: 'Upload charge: GB of',
};

export function invoiceRoutes(deps: InvoiceDeps): readonly Route[] {
  const shared = { method: 'GET', scope: 'billing_read' } as const;
  return [
    {
      ...shared,
      path: '/api/v1/invoices',
      intervalSec: 3,
      summary: 'Payments within `when`, by service, in any order and in pages.',
      handle: (call: Call) => listInvoices(deps, call),
    },
    {
      ...shared,
      path: '/api/v0/invoices',
      summary: 'Payments as bare rows, filtered by any column.',
      handle: ({ caller, query }: Call) => {
        const rows = filterRows(invoiceRows(deps, caller.account), jsonParam(query, 'select_filters'));
        return jsonReply(selectCols(rows, jsonParam(query, 'select_cols')));
      },
    },
    {
      ...shared,
      path: '/api/v0/users/:id/invoices',
      summary: 'Payments and, with `inc_charges`, charges from `sdate` to `edate`; the old form.',
      handle: (call: Call) => legacyInvoices(deps, call),
    },
  ];
}

interface InvoiceRow extends Readonly<Record<string, unknown>> {
  readonly id: number;
  readonly when: number;
  readonly service: string;
}

/** Columns of the old listing; the new one filters and orders by them too. */
function invoiceRow(payment: Payment): InvoiceRow {
  const { id, accountId, atMs, kind, amountUsd, creditAfterUsd } = payment;
  const sec = atMs / 1_000;
  return {
    id,
    user_id: accountId,
    when: sec,
    paid_on: sec,
    payment_expected: null,
    amount_cents: Math.round(Math.abs(amountUsd) * 100),
    is_credit: amountUsd > 0,
    is_delayed: false,
    balance_before: kind === 'payout' ? creditAfterUsd : creditAfterUsd - amountUsd,
    balance_after: creditAfterUsd,
    original_amount: null,
    service: WORDING[kind].service,
    error: null,
    failed: false,
    refunded: false,
    extra: payment.note,
  };
}

function invoiceRows({ payments }: InvoiceDeps, account: Call['caller']['account']): InvoiceRow[] {
  return payments(account).map(invoiceRow);
}

function listInvoices(deps: InvoiceDeps, { caller, query }: Call): Response {
  const filters = (jsonParam(query, 'select_filters') ?? {}) as Readonly<Record<string, unknown>>;
  const { when } = filters as { readonly when?: Readonly<Record<string, unknown>> };
  const bounds = ['gte', 'gt', 'lte', 'lt'].map((op) => numberOf(when ?? {}, op));
  const [gte, gt, lte, lt] = bounds;
  const from = gte ?? gt;
  const to = lte ?? lt;
  if (from === undefined || to === undefined || from > to) {
    // With status 200, as the published schema has it.
    return jsonReply({
      success: false,
      error: 'Invalid date range',
      count: 0,
      total: 0,
      results: [],
      next_token: null,
    });
  }
  const found = filterRows(invoiceRows(deps, caller.account), filters, [
    'when',
    'service',
    'paid_on',
    'amount_cents',
  ]);
  const orderBy = jsonParam(query, 'order_by');
  const isLatestFirst = query.get('latest_first')?.toLowerCase() !== 'false';
  const rows = orderBy
    ? orderRows(found, orderBy, 'desc')
    : orderRows(found, [['when', isLatestFirst ? 'desc' : 'asc']]);
  const page = askedPage(rows, query, PAGES);
  const byId = new Map(deps.payments(caller.account).map((payment) => [payment.id, payment]));
  return jsonReply({
    success: true,
    count: page.rows.length,
    total: rows.length,
    results: page.rows.map(({ id }) => shownInvoice(byId.get(id) as Payment)),
    next_token: page.nextToken,
  });
}

/** What goes into the credit is an amount below zero: the card was charged. */
function shownInvoice({ id, atMs, kind, amountUsd, note }: Payment): Readonly<Record<string, unknown>> {
  const { type, service } = WORDING[kind];
  const sec = Math.floor(atMs / 1_000);
  return {
    start: sec,
    end: sec,
    type,
    source: service,
    description: note,
    amount: -amountUsd,
    metadata: { invoice_id: id, service },
    items: [],
  };
}

function legacyInvoices(deps: InvoiceDeps, { caller, params, query, nowMs }: Call): Response {
  const { account } = caller;
  if (params.id !== 'me' && params.id !== String(account.id)) {
    throw new ApiError(403, 'not_authorized', `This key may not see the invoices of user ${params.id}.`);
  }
  const fromMs = (numberOf({ sdate: query.get('sdate') }, 'sdate') ?? 0) * 1_000;
  const edate = numberOf({ edate: query.get('edate') }, 'edate');
  const toMs = edate === undefined ? nowMs : Math.min(edate * 1_000, nowMs);
  const charges = deps.charges({ accountId: account.id, fromMs, toMs });
  const spentUsd = cents(charges.reduce((sum, { amountUsd }) => sum + amountUsd, 0));
  const isWithCharges = query.get('inc_charges')?.toLowerCase() === 'true';
  const paid = deps.payments(account).filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
  const rows = [...(isWithCharges ? charges.map(legacyCharge) : []), ...paid.map(legacyPayment)];
  return jsonReply({
    invoices: rows.sort((a, b) => a.timestamp - b.timestamp),
    current: {
      charges: spentUsd,
      service_fee: 0,
      total: spentUsd,
      credit: cents(deps.creditUsd(account, nowMs)),
    },
  });
}

function legacyCharge({ kind, instanceId, contract, toMs, quantity, price, amountUsd }: Charge) {
  return {
    type: 'charge',
    timestamp: toMs / 1_000,
    description: `${contract === 'volume' ? 'Volume' : 'Instance'} ${instanceId} ${KIND_WORDS[kind]}`,
    quantity: quantity.toFixed(3),
    rate: price.toFixed(6),
    amount: Number(amountUsd.toFixed(6)),
    instance_id: instanceId,
  };
}

function legacyPayment({ atMs, note, amountUsd }: Payment) {
  return {
    type: 'payment',
    timestamp: atMs / 1_000,
    description: note,
    quantity: null,
    rate: null,
    amount: amountUsd,
    instance_id: null,
  };
}

function cents(usd: number): number {
  return Number(usd.toFixed(2));
}
