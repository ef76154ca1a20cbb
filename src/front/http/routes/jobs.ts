// Jobs: those that there are, one with its attempts, its log; handing one in and ending one.
import { open } from 'node:fs/promises';
import { createRoute } from '@hono/zod-openapi';
import { usd } from '../../../base/std/index.ts';
import { expandMatrix, type JobAttempt, type JobRecord, parseJobFile } from '../../../rent/jobs/index.ts';
import type { HttpDeps } from '../deps.ts';
import { idParam, jobsQuery, logQuery, submitSchema } from '../protocol/jobs.ts';
import { type JobDetail, type JobRow, jobDetailSchema, jobSchema, jobsSchema } from '../protocol.ts';
import { audited } from '../server/audit.ts';
import { HttpFault } from '../server/faults.ts';
import type { HttpApp } from '../server/http-env.ts';
import { answers, FAULTS } from './answers.ts';

export function addJobRoutes(app: HttpApp, deps: HttpDeps): void {
  const { account } = deps;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs',
      summary: 'Jobs, oldest first; live=1 only those that are not over',
      request: { query: jobsQuery },
      responses: { ...answers('Without scripts and environments', jobsSchema), 503: FAULTS[503] },
    }),
    async (c) => {
      const { live, name, group } = c.req.valid('query');
      const found = await jobsOf(deps).records.list({
        account,
        ...(live === '1' && { isLive: true }),
        ...(name !== undefined && { name }),
        ...(group !== undefined && { group }),
      });
      return c.json({ jobs: found.map(jobRow) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs/{id}',
      summary: 'One job with its attempts',
      request: { params: idParam },
      responses: { ...answers('The job', jobDetailSchema), 404: FAULTS[404], 503: FAULTS[503] },
    }),
    async (c) => {
      const record = await knownJob(deps, c.req.valid('param').id);
      const attempts = await jobsOf(deps).records.attempts(record.id);
      return c.json({ ...jobRow(record), attempts: attempts.map(attemptRow) } satisfies JobDetail, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/jobs',
      summary: 'Hands in a job file; each job of its matrix begins to spend when its turn comes',
      request: { body: { content: { 'application/json': { schema: submitSchema } }, required: true } },
      responses: { ...answers('What was handed in', jobsSchema), ...FAULTS },
    }),
    async (c) => {
      const { job, folder, isUnattended } = c.req.valid('json');
      const parsed = expandMatrix(parseJobFile(job));
      const act = {
        verb: 'job submit',
        target: parsed
          .map(({ name }) => name)
          .join(' ')
          .slice(0, 200),
      };
      const handed = await audited(deps, { c, act }, () =>
        jobsOf(deps).jobs.submit(parsed, { folder, isUnattended }),
      );
      return c.json({ jobs: handed.map(jobRow) }, 200);
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
      const { id } = await knownJob(deps, c.req.valid('param').id);
      const act = { verb: 'job cancel', target: id };
      return c.json(jobRow(await audited(deps, { c, act }, () => jobsOf(deps).jobs.cancel(id))), 200);
    },
  );
  addLogRoute(app, deps);
}

function addLogRoute(app: HttpApp, deps: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs/{id}/log',
      summary: 'Bytes of an attempt’s log, as far as they are kept here; x-next-offset says where to go on',
      request: { params: idParam, query: logQuery },
      responses: {
        200: {
          description: 'As the job wrote them',
          content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
        },
        404: FAULTS[404],
        503: FAULTS[503],
      },
    }),
    async (c) => {
      const record = await knownJob(deps, c.req.valid('param').id);
      const { attempt = Math.max(1, record.attempt), offset, limit } = c.req.valid('query');
      const { bytes, nextOffset } = await readPart(jobsOf(deps).jobs.logFile(record.id, attempt), {
        offset,
        limit,
      });
      return c.body(bytes, 200, {
        'content-type': 'application/octet-stream',
        'x-next-offset': String(nextOffset),
      });
    },
  );
}

/** A negative offset counts from the end. A file that is not there yet is empty. */
async function readPart(
  path: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly nextOffset: number }> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { bytes: new Uint8Array(), nextOffset: 0 };
  }
  try {
    const { size } = await file.stat();
    const from = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
    const buffer = new Uint8Array(Math.min(limit, size - from));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, bytesRead), nextOffset: from + bytesRead };
  } finally {
    await file.close();
  }
}

function jobsOf({ jobs }: HttpDeps): NonNullable<HttpDeps['jobs']> {
  if (jobs) return jobs;
  throw new HttpFault(
    503,
    'This daemon runs without its jobs; start it again without --only, or name them there',
  );
}

/** By its id, or by its name while it is the newest of that name. */
async function knownJob(deps: HttpDeps, text: string): Promise<JobRecord> {
  const { records } = jobsOf(deps);
  const byId = await records.get(text);
  if (byId?.account === deps.account) return byId;
  const named = (await records.list({ account: deps.account, name: text })).at(-1);
  if (named) return named;
  throw new HttpFault(404, `There is no job "${text}"; /v1/jobs lists them`);
}

function jobRow(record: JobRecord): JobRow {
  return {
    id: record.id,
    name: record.name,
    group: record.group,
    status: record.status,
    reason: record.reason,
    sinceMs: record.sinceMs,
    attempt: record.attempt,
    rentalId: record.rentalId ?? null,
    image: record.job.image ?? null,
    spentUsd: usd(record.spent),
    isUnattended: record.isUnattended,
    createdAtMs: record.createdAtMs,
    nextAtMs: record.nextAtMs ?? null,
    startedAtMs: record.startedAtMs ?? null,
    cancelAskedAtMs: record.cancelAskedAtMs ?? null,
    verifiedAtMs: record.verifiedAtMs ?? null,
    endedAtMs: record.endedAtMs ?? null,
  };
}

function attemptRow(attempt: JobAttempt): JobDetail['attempts'][number] {
  return {
    attempt: attempt.attempt,
    rentalId: attempt.rentalId,
    instanceId: attempt.instanceId ?? null,
    machineId: attempt.machineId ?? null,
    startedAtMs: attempt.startedAtMs,
    runningAtMs: attempt.runningAtMs ?? null,
    endedAtMs: attempt.endedAtMs ?? null,
    exitCode: attempt.exitCode ?? null,
    failure: attempt.failure ?? null,
    reason: attempt.reason,
    checkpoint: attempt.checkpoint ?? null,
    logBytes: attempt.logBytes,
    spentUsd: usd(attempt.spent),
  };
}
