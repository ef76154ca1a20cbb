// What is done to jobs: handing one in, lending it what its file only names, ending it.
import { createRoute } from '@hono/zod-openapi';
import { Secret } from '../../../base/std/index.ts';
import {
  askCancel,
  expandMatrix,
  findJob,
  isOver,
  type JobRecord,
  type Jobs,
  parseJobFile,
} from '../../../rent/jobs/index.ts';
import type { HttpDeps } from '../deps.ts';
import { environmentRequest, idParam, submitSchema } from '../protocol/jobs.ts';
import { jobSchema, jobsSchema } from '../protocol.ts';
import { audited } from '../server/audit.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';
import { tellJob, tellJobs } from './job-rows.ts';

export function addJobActRoutes(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/jobs',
      summary: 'Hands in a job file; each job of its matrix begins to spend when its turn comes',
      request: { body: { content: { 'application/json': { schema: submitSchema } }, required: true } },
      responses: { ...answers('What was handed in', jobsSchema), ...FAULTS },
    }),
    async (c) => {
      const { job, folder, isUnattended, startAtMs, startReason, environment } = c.req.valid('json');
      const parsed = expandMatrix(parseJobFile(job));
      const secrets = environment && secretsOf(environment);
      const act = {
        verb: 'job submit',
        target: parsed
          .map(({ name }) => name)
          .join(' ')
          .slice(0, 200),
      };
      const handed = await audited(deps, { c, act }, async () =>
        (await jobsOf(deps)).submit(parsed, {
          folder,
          isUnattended,
          ...(startAtMs !== undefined && { startAtMs }),
          ...(startReason !== undefined && { startReason }),
          ...(secrets && { secrets }),
        }),
      );
      return c.json({ jobs: await tellJobs(deps, handed), total: handed.length }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/jobs/{id}/environment',
      summary: 'Values of variables for a job that was handed in elsewhere, kept in the memory of the daemon',
      request: {
        params: idParam,
        body: { content: { 'application/json': { schema: environmentRequest } }, required: true },
      },
      responses: { ...answers('The job', jobSchema), ...FAULTS },
    }),
    async (c) => {
      const record = ownJob(deps, await findJob(deps.jobRecords, c.req.valid('param').id, 'whole'));
      const secrets = secretsOf(c.req.valid('json').environment);
      const act = { verb: 'job environment', target: record.id };
      if (!isOver(record.status)) {
        await audited(deps, { c, act }, async () => (await jobsOf(deps)).lend(record.id, secrets));
      }
      return c.json(await tellJob(deps, record), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/jobs/{id}/cancel',
      summary: 'Asks a job to end: it is told, its results are fetched, its machine is destroyed',
      request: { params: idParam },
      responses: { ...answers('The job, whose end is asked for', jobSchema), ...FAULTS },
    }),
    async (c) => {
      const record = ownJob(deps, await findJob(deps.jobRecords, c.req.valid('param').id, 'whole'));
      const act = { verb: 'job cancel', target: record.id };
      const cancelled = await audited(deps, { c, act }, () =>
        askCancel({ records: deps.jobRecords, clock: deps.clock }, record),
      );
      return c.json(await tellJob(deps, cancelled), 200);
    },
  );
}

function jobsOf({ jobs }: HttpDeps): Promise<Jobs> {
  if (jobs) return jobs();
  throw new HttpFault(
    503,
    'This daemon runs without its jobs; start it again without --only, or name them there',
  );
}

/** Whoever drives the jobs of one account does not see the machines of another. */
function ownJob({ account }: HttpDeps, record: JobRecord): JobRecord {
  const own = account();
  if (own === undefined || own === record.account) return record;
  throw new HttpFault(
    409,
    `${record.name} (${record.id}) is of another account (${record.account}), and this is ${own}: only with the key of that account it can be ended`,
  );
}

/** What they hold shows up nowhere, not even in an error. */
function secretsOf(environment: Readonly<Record<string, string>>): Readonly<Record<string, Secret>> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, new Secret(value)]));
}
