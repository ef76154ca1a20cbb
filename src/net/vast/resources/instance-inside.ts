// What is inside an instance and on its machine, as the service shows it without SSH: logs, the few commands, snapshots,
// reports.
import type { Secret } from '../../../base/std/index.ts';
import { done, malformed, objectOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { textOrNull } from '../decode-fields.ts';
import type { FetchResult } from '../fetch-result.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface LogWish {
  /** Last lines; default as many as the service gives, 1,000. */
  readonly tail?: number;
  /** Lines that contain it. */
  readonly filter?: string;
  /** The log of the host's daemon in place of the container's. */
  readonly isDaemonLog?: boolean;
}

export interface SnapshotWish {
  /** `user/name`. */
  readonly repository: string;
  /** Default `docker.io`. */
  readonly registry?: string;
  readonly user: string;
  readonly password: Secret;
  /** Whether it stands still meanwhile; default true. */
  readonly isPausing?: boolean;
}

export interface InstanceInside {
  /** Runs `ls`, `rm` or `du`, also when it is stopped; at most 512 characters. Takes some seconds. */
  execute(id: number, command: string, options?: CallOptions): Promise<string>;
  /** Takes some seconds. */
  logs(id: number, wish?: LogWish, options?: CallOptions): Promise<string>;
  /** Begins to push its disk as an image; gives what the service says of it. */
  snapshot(id: number, wish: SnapshotWish, options?: CallOptions): Promise<string | null>;
  /** Reports a machine to its host and to the service. The body is not published; a problem and a text are sent. */
  reportMachine(
    machineId: number,
    report: { readonly problem: string; readonly message: string },
    options?: CallOptions,
  ): Promise<void>;
}

export interface InsideDeps {
  readonly send: SendRead;
  readonly write: SendWrite;
  readonly fetchResult: FetchResult;
}

export function createInstanceInside({ send, write, fetchResult }: InsideDeps): InstanceInside {
  return {
    async execute(id, command, options) {
      const { url, prefix } = await write(
        {
          method: 'PUT',
          route: '/instances/command/{id}/',
          ids: { id },
          body: { command },
          auth: 'key',
          isIdempotent: !/^\s*rm\b/.test(command),
          lookUp: 'list the folder with ls',
          decode: (json, answer) => ({
            url: resultUrlOf(json, answer),
            prefix: textOrNull(objectOf(json, answer).writeable_path),
          }),
        },
        options,
      );
      const output = await fetchResult(url, options);
      // Paths are those of the host; the instance's own begin behind this.
      return prefix ? output.replaceAll(prefix, '') : output;
    },

    async logs(id, { tail, filter, isDaemonLog } = {}, options) {
      const url = await send(
        {
          method: 'PUT',
          route: '/instances/request_logs/{id}/',
          ids: { id },
          // All are texts.
          body: {
            ...(filter !== undefined && { filter }),
            ...(tail !== undefined && { tail: String(tail) }),
            ...(isDaemonLog === true && { daemon_logs: 'true' }),
          },
          auth: 'key',
          decode: resultUrlOf,
        },
        options,
      );
      return fetchResult(url, options);
    },

    snapshot: (id, { repository, registry = 'docker.io', user, password, isPausing = true }, options) =>
      write(
        {
          method: 'POST',
          route: '/instances/take_snapshot/{id}/',
          ids: { id },
          body: {
            container_registry: registry,
            personal_repo: repository,
            docker_login_user: user,
            docker_login_pass: password.reveal(),
            pause: String(isPausing),
          },
          auth: 'key',
          lookUp: 'look for the image in the registry',
          decode: (json, answer) => textOrNull(objectOf(json, answer).msg),
        },
        options,
      ),

    reportMachine: (machineId, { problem, message }, options) =>
      write(
        {
          method: 'PUT',
          route: '/machines/{machine}/report/',
          ids: { machine: machineId },
          body: { problem, message },
          auth: 'key',
          lookUp: 'let it be: a second report does more harm than none',
          decode: done,
        },
        options,
      ),
  };
}

function resultUrlOf(json: unknown, answer: AnswerFacts): string {
  const url = objectOf(json, answer).result_url;
  if (typeof url === 'string' && url !== '') return url;
  throw malformed('the address of the result', answer);
}
