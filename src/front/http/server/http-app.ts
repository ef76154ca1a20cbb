// All routes behind their guard, as a function from Request to Response.
import type { HttpDeps } from '../deps.ts';
import { addBudgetRoutes } from '../routes/budget.ts';
import { addCostRoutes } from '../routes/cost.ts';
import { addEventRoutes } from '../routes/events.ts';
import { addHaltRoutes } from '../routes/halt.ts';
import { addHealthRoutes } from '../routes/health.ts';
import { addHistoryRoutes } from '../routes/history.ts';
import { addInstanceRoutes } from '../routes/instances.ts';
import { addJobActRoutes } from '../routes/job-acts.ts';
import { addJobRoutes } from '../routes/jobs.ts';
import { addMarketRoutes } from '../routes/market.ts';
import { addMetricsRoute } from '../routes/metrics.ts';
import { addRefreshRoutes } from '../routes/refresh.ts';
import { addRunRoutes } from '../routes/runs.ts';
import { addWhyRoutes } from '../routes/why.ts';
import { guardedApp } from './guarded-app.ts';
import type { HttpApp } from './http-env.ts';
import { addReferencePage } from './reference-page.ts';

export function createHttpApp(deps: HttpDeps): HttpApp {
  const app = guardedApp(deps);
  addHealthRoutes(app, deps);
  addInstanceRoutes(app, deps);
  addRefreshRoutes(app, deps);
  addWhyRoutes(app, deps);
  addJobRoutes(app, deps);
  addJobActRoutes(app, deps);
  addRunRoutes(app, deps);
  addHistoryRoutes(app, deps);
  addEventRoutes(app, deps);
  addMarketRoutes(app, deps);
  addBudgetRoutes(app, deps);
  addCostRoutes(app, deps);
  addHaltRoutes(app, deps);
  addMetricsRoute(app, deps);
  addReferencePage(app, deps);
  return app;
}
