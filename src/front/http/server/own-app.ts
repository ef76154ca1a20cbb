// The routes for callers in the same process, which ask one or two things and end: of the nouns only those that are asked
// about are loaded, since loading all of them takes longer than most answers.
import type { HttpDeps } from '../deps.ts';
import { guardedApp } from './guarded-app.ts';
import type { CallBindings, HttpApp } from './http-env.ts';

export interface OwnApp {
  readonly fetch: (request: Request, bindings: CallBindings) => Promise<Response>;
}

type AddRoutes = (app: HttpApp, deps: HttpDeps) => void;
type Load = () => Promise<readonly AddRoutes[]>;

const health: Load = async () => [(await import('../routes/health.ts')).addHealthRoutes];
const halt: Load = async () => [(await import('../routes/halt.ts')).addHaltRoutes];
const instances: Load = async () => [
  (await import('../routes/instances.ts')).addInstanceRoutes,
  (await import('../routes/refresh.ts')).addRefreshRoutes,
];

/** By what follows `/v1/`. What only browsers and scrapers ask for is not among them. */
const NOUNS: Readonly<Record<string, Load>> = {
  daemon: health,
  status: health,
  instances,
  rentals: instances,
  why: async () => [(await import('../routes/why.ts')).addWhyRoutes],
  jobs: async () => [(await import('../routes/jobs.ts')).addJobRoutes],
  runs: async () => [(await import('../routes/runs.ts')).addRunRoutes],
  history: async () => [(await import('../routes/history.ts')).addHistoryRoutes],
  events: async () => [(await import('../routes/events.ts')).addEventRoutes],
  market: async () => [(await import('../routes/market.ts')).addMarketRoutes],
  budget: async () => [(await import('../routes/budget.ts')).addBudgetRoutes],
  cost: async () => [(await import('../routes/cost.ts')).addCostRoutes],
  halt,
  resume: halt,
};

/** Acts of a noun whose loading costs much more than that of its reading. */
const ACTS: Readonly<Record<string, Load>> = {
  jobs: async () => [(await import('../routes/job-acts.ts')).addJobActRoutes],
};

/** Another noun is answered as the daemon answers one that it does not have. */
export function createOwnApp(deps: HttpDeps): OwnApp {
  const apps = new Map<Load, Promise<HttpApp>>();
  const appOf = async (load: Load): Promise<HttpApp> => {
    const app = guardedApp(deps);
    for (const add of await load()) add(app, deps);
    return app;
  };
  return {
    fetch: async (request, bindings) => {
      const noun = new URL(request.url).pathname.split('/')[2] ?? '';
      const load = (request.method === 'GET' ? undefined : ACTS[noun]) ?? NOUNS[noun] ?? nothing;
      const app = apps.get(load) ?? appOf(load);
      apps.set(load, app);
      return await (await app).fetch(request, bindings);
    },
  };
}

const nothing: Load = async () => [];

/** For processes that live long enough for the files of the program to be replaced. */
export async function loadOwnApp(): Promise<void> {
  await Promise.all([...Object.values(NOUNS), ...Object.values(ACTS)].map((load) => load()));
}
