// The control port: what is true, which faults fire, and time itself when it is stepped. Every call needs the
// token; nothing of this is reachable through the API's port.
import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { type Clock, SteppedClock } from '../base/std/index.ts';
import { errorReply, jsonReply } from './api/replies.ts';
import type { FaultName, FaultPlan } from './faults/fault-plan.ts';
import type { Faults } from './faults/faults.ts';
import type { MarketTruth } from './market/market.ts';

export interface ControlDeps {
  readonly truth: MarketTruth;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly step: () => void;
  readonly startMs: number;
}

/** A year in one step is a mistake of units. */
const LONGEST_STEP_MS = 366 * 86_400_000;

export function createControl({ truth, faults, clock, step, startMs }: ControlDeps, token: string): Hono {
  const app = new Hono({ strict: false });

  app.use(async (c, next) => {
    const given =
      /^Bearer\s+(.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ??
      c.req.header('x-vastdeck-control-token');
    if (!isSame(given ?? '', token)) {
      return errorReply(401, 'auth_error', 'The control port needs its token in the Authorization header');
    }
    step();
    return await next();
  });

  app.get('/control/truth/slots', () => jsonReply({ now_ms: clock.now(), slots: truth.slots() }));
  app.get('/control/truth/listed', () =>
    jsonReply({ now_ms: clock.now(), offer_ids: truth.listedOfferIds() }),
  );
  app.get('/control/truth/rentals', (c) => {
    const from = Number(c.req.query('from') ?? startMs);
    const to = Number(c.req.query('to') ?? clock.now() + 1);
    if (!Number.isFinite(from) || !Number.isFinite(to)) {
      return errorReply(
        400,
        'invalid_args',
        'from and to are epoch milliseconds, like ?from=1767225600000&to=1767312000000',
      );
    }
    return jsonReply({ now_ms: clock.now(), rentals: truth.rentals(from, to) });
  });

  app.get('/control/faults', () => jsonReply({ counts: faults.counts() }));
  app.post('/control/faults', async (c) => {
    try {
      const body = (await c.req.json()) as {
        readonly fault?: FaultName;
        readonly times?: number;
        readonly route?: string;
        readonly id?: number;
        readonly plan?: FaultPlan;
      };
      if (body.plan) faults.setPlan(body.plan);
      if (body.fault) {
        faults.fail(body.fault, {
          times: body.times ?? 1,
          ...(body.route !== undefined && { route: new RegExp(body.route) }),
          ...(body.id !== undefined && { id: body.id }),
        });
      }
      if (!body.plan && !body.fault) {
        throw new RangeError(
          'Send {"fault":"server-error","times":1,"route":"bundles"} or {"plan":{"slow":0.1}}',
        );
      }
      return jsonReply({ counts: faults.counts() });
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError) {
        return errorReply(400, 'invalid_args', error.message);
      }
      throw error;
    }
  });

  app.post('/control/step', async (c) => {
    if (!(clock instanceof SteppedClock)) {
      return errorReply(
        409,
        'not_stepped',
        'This simulator runs on the system clock; only a stepped one can be stepped',
      );
    }
    const body = (await c.req.json().catch(() => undefined)) as { readonly ms?: number } | undefined;
    const ms = body?.ms;
    if (typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST_STEP_MS)) {
      return errorReply(400, 'invalid_args', 'Send the milliseconds to move on, like {"ms":60000}');
    }
    await clock.step(ms);
    step();
    return jsonReply({ now_ms: clock.now() });
  });

  app.notFound((c) =>
    errorReply(
      404,
      'not_found',
      `The control port has no route ${c.req.method} ${new URL(c.req.url).pathname}`,
    ),
  );
  return app;
}

function isSame(given: string, token: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(token);
  return left.length === right.length && timingSafeEqual(left, right);
}
