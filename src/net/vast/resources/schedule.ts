// Jobs that the service does by itself at set hours: stop, start, destroy, reboot and the like.
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { isId, msOrNull, numberOrNull, textOrNull } from '../decode-fields.ts';
import { InvalidRequestError } from '../errors.ts';
import type { InstanceId } from '../instance.ts';
import { knownId } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export const SCHEDULED_ACTIONS = ['start', 'stop', 'destroy', 'reboot', 'recycle'] as const;
export type ScheduledAction = (typeof SCHEDULED_ACTIONS)[number];

export const FREQUENCIES = ['HOURLY', 'DAILY', 'WEEKLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** It runs at full hours from `startMs` until before `endMs`. */
export interface JobTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly frequency: Frequency;
  /** UTC, 0 to 23; left out it is every hour, or midnight. */
  readonly hourOfDay?: number;
  /** 0 is Sunday. */
  readonly dayOfWeek?: number;
}

export interface ScheduleWish extends JobTimes {
  readonly instanceId: number;
  readonly action: ScheduledAction;
}

export interface ScheduledJob {
  readonly id: number;
  readonly instanceId: InstanceId | null;
  /** Undefined for a call that this program does not schedule. */
  readonly action: ScheduledAction | undefined;
  readonly endpoint: string | null;
  readonly frequency: string | null;
  readonly hourOfDay: number | null;
  readonly dayOfWeek: number | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

export interface ScheduleResource {
  /**
   * The id of the job; undefined when the service does not tell it. Throws InvalidRequestError with status 422 when the
   * instance has such a job already: list them, and update that one.
   */
  create(wish: ScheduleWish, options?: CallOptions): Promise<number | undefined>;
  list(options?: CallOptions): Promise<readonly ScheduledJob[]>;
  update(jobId: number, wish: ScheduleWish, options?: CallOptions): Promise<void>;
  remove(jobId: number, options?: CallOptions): Promise<void>;
}

const ROUTE = '/commands/schedule_job/';
const ONE = '/commands/schedule_job/{id}/';

export function createSchedule({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): ScheduleResource {
  const lookUp = 'list the scheduled jobs';
  return {
    create: async (wish, options) =>
      write(
        {
          method: 'POST',
          route: ROUTE,
          body: bodyOf(wish),
          auth: 'key',
          lookUp,
          decode: (json, answer) => {
            const { scheduled_job_id, id } = objectOf(json, answer);
            const jobId = scheduled_job_id ?? id;
            return isId(jobId) ? jobId : undefined;
          },
        },
        options,
      ),
    list: (options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'scheduled_jobs', answer).map((row) => decodeJob(row, answer)),
        },
        options,
      ),
    update: async (jobId, wish, options) =>
      write(
        {
          method: 'PUT',
          route: ONE,
          ids: { id: jobId },
          body: bodyOf(wish),
          auth: 'key',
          isIdempotent: true,
          lookUp,
          decode: done,
        },
        options,
      ),
    remove: (jobId, options) =>
      write(
        { method: 'DELETE', route: ONE, ids: { id: jobId }, body: {}, auth: 'key', lookUp, decode: done },
        options,
      ),
  };
}

/** How each is called, with the API's own path; the service makes the call. */
const CALLS: Readonly<
  Record<ScheduledAction, { readonly method: string; readonly folder: string; readonly body?: object }>
> = {
  start: { method: 'PUT', folder: '', body: { state: 'running' } },
  stop: { method: 'PUT', folder: '', body: { state: 'stopped' } },
  destroy: { method: 'DELETE', folder: '' },
  reboot: { method: 'PUT', folder: 'reboot/' },
  recycle: { method: 'PUT', folder: 'recycle/' },
};

function bodyOf(wish: ScheduleWish): Readonly<Record<string, unknown>> {
  const { instanceId, action, startMs, endMs, frequency, dayOfWeek, hourOfDay } = wish;
  knownId('instanceId', instanceId);
  if (!(endMs > startMs)) {
    throw new InvalidRequestError(
      `A job that ends at ${endMs} cannot begin at ${startMs}; give an end after its start`,
    );
  }
  const { method, folder, body } = CALLS[action];
  return {
    start_time: startMs / 1_000,
    end_time: endMs / 1_000,
    api_endpoint: `/api/v0/instances/${folder}${instanceId}/`,
    request_method: method,
    request_body: body ?? { instance_id: instanceId },
    day_of_the_week: dayOfWeek ?? null,
    hour_of_the_day: hourOfDay ?? null,
    frequency,
    instance_id: instanceId,
  };
}

function decodeJob(row: Readonly<Record<string, unknown>>, answer: AnswerFacts): ScheduledJob {
  if (!isId(row.id)) throw malformed('ids of jobs', answer);
  const endpoint = textOrNull(row.api_endpoint);
  const [, folder, named] = /\/instances\/(\w+\/)?(\d+)\/?$/.exec(endpoint ?? '') ?? [];
  const instanceId = numberOrNull(row.instance_id) ?? (named === undefined ? null : Number(named));
  return {
    id: row.id,
    instanceId: instanceId as InstanceId | null,
    action: endpoint === null || named === undefined ? undefined : actionOf(folder ?? '', row),
    endpoint,
    frequency: textOrNull(row.frequency),
    hourOfDay: numberOrNull(row.hour_of_the_day),
    dayOfWeek: numberOrNull(row.day_of_the_week),
    startMs: msOrNull(row.start_time),
    endMs: msOrNull(row.end_time),
  };
}

function actionOf(
  folder: string,
  { request_method, request_body }: Readonly<Record<string, unknown>>,
): ScheduledAction | undefined {
  const state = (request_body as { readonly state?: unknown } | null | undefined)?.state;
  return SCHEDULED_ACTIONS.find((action) => {
    const call = CALLS[action];
    const wanted = (call.body as { readonly state?: string } | undefined)?.state;
    return call.folder === folder && call.method === request_method && wanted === state;
  });
}
