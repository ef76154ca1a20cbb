// Jobs: those that there are, one with its attempts, its story, its log.
import { createRoute } from '@hono/zod-openapi';
import { findJob, isOver, readJobStory } from '../../../rent/jobs/index.ts';
import type { HttpDeps } from '../deps.ts';
import { idParam, jobsQuery, jobWordQuery } from '../protocol/jobs.ts';
import { jobDetailSchema, jobStorySchema, jobsSchema } from '../protocol.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';
import { addJobLogRoute } from './job-log.ts';
import { tellJobDetail, tellJobs } from './job-rows.ts';

export function addJobRoutes(app: HttpApp, deps: HttpDeps): void {
  addJobLogRoute(app, deps);
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs',
      summary: 'Jobs, oldest first; live=1 only those that are not over',
      request: { query: jobsQuery },
      responses: answers('Without scripts and environments', jobsSchema),
    }),
    async (c) => {
      const { live, name, group, accounts, ended_after: endedAfterMs } = c.req.valid('query');
      const own = accounts === 'own' ? deps.account() : undefined;
      const found = await deps.jobRecords.list({
        // While the account is not known, those of all that the store holds.
        ...(own !== undefined && { account: own }),
        ...(live === '1' && { isLive: true }),
        ...(name !== undefined && { name }),
        ...(group !== undefined && { group }),
      });
      const shown =
        endedAfterMs === undefined
          ? found
          : found.filter(({ status, endedAtMs }) => !isOver(status) || (endedAtMs ?? 0) > endedAfterMs);
      return c.json({ jobs: await tellJobs(deps, shown), total: found.length }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs/{id}',
      summary: 'One job with its attempts',
      request: { params: idParam, query: jobWordQuery },
      responses: { ...answers('The job', jobDetailSchema), 400: FAULTS[400], 404: FAULTS[404] },
    }),
    async (c) => {
      const record = await findJob(deps.jobRecords, c.req.valid('param').id, c.req.valid('query').match);
      return c.json(await tellJobDetail(deps, record), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs/{id}/why',
      summary: 'The story of a job and its machines, with the figures that each step was decided on',
      request: { params: idParam, query: jobWordQuery },
      responses: { ...answers('Oldest first', jobStorySchema), 400: FAULTS[400], 404: FAULTS[404] },
    }),
    async (c) => {
      const record = await findJob(deps.jobRecords, c.req.valid('param').id, c.req.valid('query').match);
      const entries = await readJobStory({ ...deps, records: deps.jobRecords }, record);
      const { id, name } = record;
      return c.json(
        { id, name, entries: entries.map((entry) => ({ ...entry, details: [...entry.details] })) },
        200,
      );
    },
  );
}
