// Faults over the control port: counted, ordered, planned.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { FAULTS, type FaultPlan } from '../faults/fault-plan.ts';
import type { ControlDeps } from './control-deps.ts';

const EXAMPLE = 'Send {"fault":"server-error","times":1,"route":"bundles"} or {"plan":{"slow":0.1}}';

const counts = {
  200: {
    description: 'How often each fault fired.',
    content: { 'application/json': { schema: z.object({ counts: z.record(z.string(), z.number()) }) } },
  },
};

const rule = z.strictObject({
  probability: z.number().min(0).max(1),
  route: z.string().optional().describe('Regular expression, matched against `METHOD /path/`.'),
  fromMs: z.number().min(0).optional().describe('Since the simulation began.'),
  untilMs: z.number().min(0).optional(),
});

const order = z
  .object({
    fault: z.enum(FAULTS, { error: 'is not a fault; see /control for those there are' }).optional(),
    times: z.int().min(1).optional().describe('How often; default once.'),
    route: z.string().optional().describe('Regular expression, matched against `METHOD /path/`.'),
    id: z.int().optional().describe('Which thing a fault of things strikes.'),
    plan: z
      .partialRecord(z.enum(FAULTS), z.union([z.number().min(0).max(1), rule]))
      .optional()
      .describe('Probabilities, or rules with routes and times; in place of those before.'),
  })
  .refine(({ fault, plan }) => fault !== undefined || plan !== undefined, EXAMPLE);

export function addFaultRoutes(app: OpenAPIHono, { faults }: ControlDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/faults',
      summary: 'How often each fault fired.',
      responses: counts,
    }),
    (c) => c.json({ counts: { ...faults.counts() } }),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/control/faults',
      summary: 'Orders a fault, or sets how often faults come.',
      request: { body: { required: true, content: { 'application/json': { schema: order } } } },
      responses: counts,
    }),
    (c) => {
      const { fault, plan, times, route, id } = c.req.valid('json');
      if (plan) faults.setPlan(planOf(plan));
      if (fault) {
        faults.fail(fault, {
          ...(times !== undefined && { times }),
          ...(route !== undefined && { route: new RegExp(route) }),
          ...(id !== undefined && { id }),
        });
      }
      return c.json({ counts: { ...faults.counts() } });
    },
  );
}

function planOf(plan: NonNullable<z.infer<typeof order>['plan']>): FaultPlan {
  return Object.fromEntries(
    Object.entries(plan).map(([name, entry]) => {
      if (typeof entry === 'number') return [name, entry];
      const { probability, route, fromMs, untilMs } = entry;
      return [
        name,
        {
          probability,
          ...(route !== undefined && { route: new RegExp(route) }),
          ...(fromMs !== undefined && { fromMs }),
          ...(untilMs !== undefined && { untilMs }),
        },
      ];
    }),
  );
}
