// The market store in a few figures.
import { createRoute } from '@hono/zod-openapi';
import type { HttpDeps } from '../deps.ts';
import { marketSchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers } from './answers.ts';

export function addMarketRoutes(app: HttpApp, { market }: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/market',
      summary: 'What is stored of the market, and whether it is being collected',
      responses: answers('The store', marketSchema),
    }),
    async (c) => c.json(await market(), 200),
  );
}
