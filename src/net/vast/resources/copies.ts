// Copies that the service makes: between instances and volumes, and with storage at other companies. For those with the
// caller's own computer it only says where rsync goes.
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { isId, textOrNull } from '../decode-fields.ts';
import type { Address } from '../instance.ts';
import { knownId } from '../request-figures.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export type CopyEnd =
  | { readonly instanceId: number; readonly path: string }
  | { readonly volumeId: number; readonly path: string }
  /** The caller's computer. */
  | { readonly localPath: string };

export interface CopyStarted {
  /** What the service says of it. */
  readonly message: string | null;
  /** Where the machine of each end takes rsync over SSH. */
  readonly source: Address | undefined;
  readonly target: Address | undefined;
}

export interface CloudCopyWish {
  readonly instanceId: number;
  readonly connectionId: number;
  readonly direction: 'to-cloud' | 'from-cloud';
  readonly sourcePath: string;
  readonly targetPath: string;
  /** Of rclone. */
  readonly flags?: readonly string[];
}

export interface CloudConnection {
  readonly id: number;
  readonly name: string | null;
  /** `s3`, `drive` … */
  readonly cloudType: string | null;
}

export interface CopiesResource {
  /** Begins a copy; both ends pay for the traffic between machines. Never to `/` or `/root`. */
  start(from: CopyEnd, to: CopyEnd, options?: CallOptions): Promise<CopyStarted>;
  /** Ends all copies to an instance. */
  cancel(toInstanceId: number, options?: CallOptions): Promise<void>;
  startCloud(wish: CloudCopyWish, options?: CallOptions): Promise<string | null>;
  cancelCloud(instanceId: number, options?: CallOptions): Promise<void>;
  /** Storage at other companies that the account is connected to. */
  connections(options?: CallOptions): Promise<readonly CloudConnection[]>;
}

const ROUTE = '/commands/copy_direct/';
const CLOUD = '/commands/rclone/';

export function createCopies({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): CopiesResource {
  const lookUp = 'look at the files where the copy should go';
  return {
    start: async (from, to, options) =>
      write(
        {
          method: 'PUT',
          route: ROUTE,
          body: {
            client_id: 'me',
            src_id: idOf(from),
            dst_id: idOf(to),
            src_path: pathOf(from),
            dst_path: pathOf(to),
          },
          auth: 'key',
          lookUp,
          decode: (json, answer) => {
            const { msg, src_addr, src_port, dst_addr, dst_port } = objectOf(json, answer);
            return {
              message: textOrNull(msg),
              source: addressOf(src_addr, src_port),
              target: addressOf(dst_addr, dst_port),
            };
          },
        },
        options,
      ),
    cancel: async (toInstanceId, options) =>
      write(
        {
          method: 'DELETE',
          route: ROUTE,
          body: { client_id: 'me', dst_id: String(knownId('toInstanceId', toInstanceId)) },
          auth: 'key',
          isIdempotent: true,
          lookUp,
          decode: done,
        },
        options,
      ),
    startCloud: async (wish, options) =>
      write(
        {
          method: 'POST',
          route: CLOUD,
          body: {
            src: wish.sourcePath,
            dst: wish.targetPath,
            instance_id: String(knownId('instanceId', wish.instanceId)),
            selected: String(knownId('connectionId', wish.connectionId)),
            transfer: wish.direction === 'to-cloud' ? 'Instance To Cloud' : 'Cloud To Instance',
            flags: wish.flags ?? [],
          },
          auth: 'key',
          lookUp,
          decode: (json, answer) => textOrNull(objectOf(json, answer).msg),
        },
        options,
      ),
    cancelCloud: async (instanceId, options) =>
      write(
        {
          method: 'DELETE',
          route: CLOUD,
          body: { instance_id: String(knownId('instanceId', instanceId)) },
          auth: 'key',
          isIdempotent: true,
          lookUp,
          decode: done,
        },
        options,
      ),
    connections: (options) =>
      send(
        {
          method: 'GET',
          route: '/users/cloud_integrations/',
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'connections', answer).map((row) => {
              if (!isId(row.id)) throw malformed('ids of connections', answer);
              return { id: row.id, name: textOrNull(row.name), cloudType: textOrNull(row.cloud_type) };
            }),
        },
        options,
      ),
  };
}

function idOf(end: CopyEnd): string {
  if ('instanceId' in end) return `C.${knownId('instanceId', end.instanceId)}`;
  return 'volumeId' in end ? `V.${knownId('volumeId', end.volumeId)}` : 'local';
}

function pathOf(end: CopyEnd): string {
  return 'localPath' in end ? end.localPath : end.path;
}

function addressOf(host: unknown, port: unknown): Address | undefined {
  const number = Number(port);
  return typeof host === 'string' && isId(number) ? { host: host.trim(), port: number } : undefined;
}
