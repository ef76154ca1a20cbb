// Jobs that the service does for an account at set hours: reboots, starts, stops and the like, by the hour, day or week.
import { DAY_MS, HOUR_MS } from '../../base/std/index.ts';
import type { Planned } from '../agenda.ts';
import { ApiError } from '../api/api-error.ts';
import { type Body, numberOf, textOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import { change, type Fleet } from './fleet.ts';
import { type Instance, isThere } from './instance.ts';
import type { Lifecycle } from './lifecycle.ts';
import { findOwn } from './own-instance.ts';
import { invalidArgs } from './rent-request.ts';

const FREQUENCIES = ['HOURLY', 'DAILY', 'WEEKLY'] as const;
type Frequency = (typeof FREQUENCIES)[number];

/** When it runs; days from 0, Sunday; hours in UTC. */
interface Times {
  readonly frequency: Frequency;
  readonly day: number | null;
  readonly hour: number | null;
  readonly startMs: number;
  readonly endMs: number;
}

interface Job {
  readonly id: number;
  readonly accountId: number;
  readonly instance: Instance;
  readonly act: Act;
  times: Times;
  request: { readonly endpoint: string; readonly method: string; readonly body: unknown };
  next: Planned | undefined;
}

type Act = (instance: Instance, atMs: number) => void;

const FIRST_JOB_ID = 7_001;
const PATH = '/api/v0/commands/schedule_job';

export function scheduleRoutes(fleet: Fleet, lifecycle: Lifecycle): readonly Route[] {
  const jobs = new Map<number, Job>();
  let made = 0;

  const planNext = (job: Job, afterMs: number) => {
    job.next?.cancel();
    job.next = undefined;
    const atMs = nextRun(job.times, afterMs);
    if (atMs !== undefined) job.next = fleet.service.agenda.plan(atMs, (dueMs) => run(job, dueMs));
  };

  const run = (job: Job, atMs: number) => {
    const { instance, id } = job;
    if (!isThere(instance)) {
      jobs.delete(id);
      return;
    }
    try {
      change(fleet, instance, atMs, 'job_run', {}, { job_id: id, api_endpoint: job.request.endpoint });
      job.act(instance, atMs);
    } catch (error) {
      // What a caller would be told; nobody is there to hear it.
      if (!(error instanceof ApiError)) throw error;
      change(fleet, instance, atMs, 'job_failed', {}, { job_id: id, error: error.slug });
    }
    planNext(job, atMs);
  };

  const actOf = (endpoint: string, method: string, body: unknown): Act => {
    const name = /^\/api\/v0\/instances\/(reboot|recycle|command)\/\d+\/?$/.exec(endpoint)?.[1];
    if (method === 'PUT' && name === 'reboot') return (of, atMs) => lifecycle.reboot(of, atMs);
    if (method === 'PUT' && name === 'recycle') return (of, atMs) => lifecycle.recycle(of, atMs);
    const fields = typeof body === 'object' && body !== null ? (body as Body) : {};
    if (method === 'PUT' && name === 'command') {
      const command = textOf(fields, 'command') ?? '';
      return (of) => void fleet.insides.ask(of, (container) => container.execute(command))?.catch(() => '');
    }
    if (/^\/api\/v0\/instances\/\d+\/?$/.test(endpoint)) {
      if (method === 'DELETE') return (of, atMs) => lifecycle.destroy(of, atMs, 'schedule');
      if (method === 'PUT' && fields.state === 'running') return (of, atMs) => void lifecycle.start(of, atMs);
      if (method === 'PUT' && fields.state === 'stopped')
        return (of, atMs) => lifecycle.stop(of, atMs, 'owner');
    }
    throw invalidArgs(
      `${method} ${endpoint} cannot be scheduled; reboot, recycle, command, start, stop and destroy can`,
    );
  };

  const ownJob = ({ caller, params }: Call): Job => {
    const job = jobs.get(Number(params.id));
    if (job?.accountId === caller.account.id) return job;
    throw new ApiError(404, 'not_found', `There is no scheduled job ${params.id ?? ''}.`);
  };

  const readJob = (call: Call) => {
    const { body } = call;
    const endpoint = textOf(body, 'api_endpoint') ?? '';
    const method = textOf(body, 'request_method') ?? 'PUT';
    const inPath = /\/(\d+)\/?$/.exec(endpoint)?.[1];
    const instance = findOwn(fleet, call, textOf(body, 'instance_id') ?? inPath ?? '');
    if (!instance) throw new ApiError(404, 'no_such_instance', 'There is no such instance to schedule for.');
    const act = actOf(endpoint, method, body.request_body);
    return { instance, act, request: { endpoint, method, body: body.request_body ?? null } };
  };

  return [
    {
      method: 'GET',
      path: PATH,
      scope: 'instance_read',
      summary: 'Scheduled jobs, as a bare array.',
      handle: ({ caller }) =>
        jsonReply([...jobs.values()].filter((job) => job.accountId === caller.account.id).map(rowOf)),
    },
    {
      method: 'POST',
      path: PATH,
      scope: 'instance_write',
      summary: 'Schedules a call of the API; 422 with its id when the instance has the same job already.',
      handle(call) {
        const { instance, act, request } = readJob(call);
        const same = [...jobs.values()].find(
          (job) => job.instance === instance && job.request.endpoint === request.endpoint,
        );
        if (same) {
          throw new ApiError(422, 'job_exists', `Job ${same.id} does the same already; change that one.`, {
            scheduled_job_id: same.id,
          });
        }
        const times = readTimes(call.body, call.nowMs);
        const id = FIRST_JOB_ID + made;
        made += 1;
        const { id: accountId } = call.caller.account;
        const job: Job = { id, accountId, instance, act, times, request, next: undefined };
        jobs.set(id, job);
        change(fleet, instance, call.nowMs, 'job_scheduled', {}, { job_id: id });
        planNext(job, call.nowMs);
        return jsonReply({ success: true, scheduled_job_id: id });
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/:id`,
      scope: 'instance_write',
      summary: 'Changes when a job runs.',
      handle(call) {
        const job = ownJob(call);
        job.times = readTimes(call.body, call.nowMs);
        planNext(job, call.nowMs);
        return jsonReply({ success: true, scheduled_job_id: job.id });
      },
    },
    {
      method: 'DELETE',
      path: `${PATH}/:id`,
      scope: 'instance_write',
      summary: 'Takes a job away.',
      handle(call) {
        const job = ownJob(call);
        job.next?.cancel();
        jobs.delete(job.id);
        return jsonReply({ success: true });
      },
    },
  ];
}

function readTimes(body: Body, nowMs: number): Times {
  const frequency = (textOf(body, 'frequency') ?? '').toUpperCase();
  if (!isFrequency(frequency)) {
    throw invalidArgs(`frequency is "${frequency}", not one of ${FREQUENCIES.join(', ')}`);
  }
  const startMs = (numberOf(body, 'start_time') ?? nowMs / 1_000) * 1_000;
  const endMs = (numberOf(body, 'end_time') ?? (nowMs + 7 * DAY_MS) / 1_000) * 1_000;
  if (endMs <= startMs) throw invalidArgs('end_time is not after start_time');
  return {
    frequency,
    day: within(body, 'day_of_the_week', 6),
    hour: within(body, 'hour_of_the_day', 23),
    startMs,
    endMs,
  };
}

function within(body: Body, name: string, most: number): number | null {
  if (body[name] === '*') return null;
  const value = numberOf(body, name) ?? null;
  if (value === null || (Number.isInteger(value) && value >= 0 && value <= most)) return value;
  throw invalidArgs(`${name} is ${value}, not a whole number from 0 to ${most}`);
}

function isFrequency(text: string): text is Frequency {
  return (FREQUENCIES as readonly string[]).includes(text);
}

/** The first full hour after this time at which it runs; undefined when there is none before its end. */
export function nextRun(
  { frequency, day, hour, startMs, endMs }: Times,
  afterMs: number,
): number | undefined {
  const wantedHour = frequency === 'HOURLY' ? null : (hour ?? 0);
  const wantedDay = frequency === 'WEEKLY' ? (day ?? 0) : day;
  const first = Math.max(Math.floor(afterMs / HOUR_MS) + 1, Math.ceil(startMs / HOUR_MS)) * HOUR_MS;
  for (let atMs = first; atMs < Math.min(endMs, first + 8 * DAY_MS); atMs += HOUR_MS) {
    const date = new Date(atMs);
    const isHour = wantedHour === null || date.getUTCHours() === wantedHour;
    const isDay = wantedDay === null || date.getUTCDay() === wantedDay;
    if (isHour && isDay) return atMs;
  }
  return undefined;
}

function rowOf({ id, instance, times, request }: Job) {
  return {
    id,
    instance_id: instance.id,
    api_endpoint: request.endpoint,
    request_method: request.method,
    request_body: request.body,
    frequency: times.frequency,
    day_of_the_week: times.day,
    hour_of_the_day: times.hour,
    start_time: times.startMs / 1_000,
    end_time: times.endMs / 1_000,
  };
}
