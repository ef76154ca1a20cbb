// What middlewares know of a request beside the request itself.
import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';

/** `full` may do everything, `read` may read. */
export type Role = 'full' | 'read';

/** Of a request that was made in the same process, without a socket. */
export interface CallBindings {
  /** Told of an error that nobody has put into words for an asker: there its own sentence and place are worth more. */
  readonly onError: (error: Error) => void;
}

export interface HttpEnv {
  /** Of a socket, or of a call in the same process. */
  Bindings: Partial<HttpBindings & CallBindings>;
  Variables: { role: Role };
}

export type HttpApp = OpenAPIHono<HttpEnv>;
