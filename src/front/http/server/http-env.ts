// What middlewares know of a request beside the request itself.
import type { HttpBindings } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';

/** `full` may do everything, `read` may read. */
export type Role = 'full' | 'read';

export interface HttpEnv {
  /** Of a socket; none of it where a handler is called in the same process. */
  Bindings: Partial<HttpBindings>;
  Variables: { role: Role };
}

export type HttpApp = OpenAPIHono<HttpEnv>;
