// Figures for Prometheus. The library behind them is loaded at the first scrape: most daemons are never scraped.
import { createRoute, z } from '@hono/zod-openapi';
import type { HttpDeps } from '../deps.ts';
import type { HttpApp } from '../server/http-env.ts';

export function addMetricsRoute(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      summary: 'Figures for Prometheus, made anew for each scrape',
      responses: {
        200: {
          description: 'Prometheus text format 0.0.4',
          content: { 'text/plain': { schema: z.string() } },
        },
      },
    }),
    async (c) => {
      const { scrape } = await import('../metrics/scrape.ts');
      const { text, contentType } = await scrape(deps);
      return c.text(text, 200, { 'content-type': contentType });
    },
  );
}
