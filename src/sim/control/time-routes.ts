// Time over the control port: a stepped clock is stepped, one that runs is put forward.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { PacedClock, SteppedClock } from '../../base/std/index.ts';
import { errorReply } from '../api/replies.ts';
import type { ControlDeps } from './control-deps.ts';

/** A year in one step is a mistake of units. */
const LONGEST_STEP_MS = 366 * 86_400_000;

const time = z.object({ now_ms: z.number() });
const content = { 'application/json': { schema: time } };

export function addTimeRoutes(app: OpenAPIHono, { clock, step }: ControlDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/control/time',
      summary: "The simulation's time.",
      responses: { 200: { description: 'Epoch milliseconds.', content } },
    }),
    (c) => c.json({ now_ms: clock.now() }),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/control/step',
      summary: 'Moves time on: a stepped clock runs to there, a running one is put forward.',
      request: {
        body: {
          required: true,
          content: {
            'application/json': {
              schema: z.object({
                ms: z
                  .number({ error: 'send the milliseconds to move on, like {"ms":60000}' })
                  .min(0)
                  .max(LONGEST_STEP_MS, 'more than a year in one step is a mistake of units'),
              }),
            },
          },
        },
      },
      responses: { 200: { description: 'Epoch milliseconds after it.', content } },
    }),
    async (c) => {
      const { ms } = c.req.valid('json');
      if (clock instanceof SteppedClock) await clock.step(ms);
      else if (clock instanceof PacedClock) clock.advance(ms);
      else {
        return errorReply(
          409,
          'not_stepped',
          'This simulator runs on the system clock; only a stepped or a paced one can be moved on',
        ) as never;
      }
      step();
      return c.json({ now_ms: clock.now() });
    },
  );
}
