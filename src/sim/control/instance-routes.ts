// Instances over the control port: what their GPUs are doing.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { GpuState } from '../machine/index.ts';
import type { ControlDeps } from './control-deps.ts';

/** Written down here because the door to the machines loads an SSH server, which a simulation need not have. */
const GPU_STATES = ['idle', 'training', 'hung', 'out-of-memory'] as const satisfies readonly GpuState[];

const load = z
  .strictObject({
    state: z.enum(GPU_STATES, {
      error: `send what the GPUs do, like {"state":"training"}: ${GPU_STATES.join(', ')}`,
    }),
    utilizationPercent: z.number().min(0).max(100).optional(),
    memoryUsedMb: z.number().min(0).optional(),
    temperatureC: z.number().optional(),
    powerW: z.number().min(0).optional(),
  })
  .describe('Figures that are left out follow from the state.');

export function addInstanceRoutes(app: OpenAPIHono, { setGpuLoad }: ControlDeps): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/control/instances/{id}/gpu-load',
      summary: 'What nvidia-smi shows on an instance.',
      request: {
        params: z.object({ id: z.coerce.number().int() }),
        body: { required: true, content: { 'application/json': { schema: load } } },
      },
      responses: {
        200: {
          description: 'From now on.',
          content: {
            'application/json': { schema: z.object({ id: z.number(), state: z.enum(GPU_STATES) }) },
          },
        },
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      const { state, ...figures } = c.req.valid('json');
      const given = Object.entries(figures).filter(([, value]) => value !== undefined);
      setGpuLoad(id, { state, ...Object.fromEntries(given) });
      return c.json({ id, state });
    },
  );
}
