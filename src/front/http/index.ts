// The daemon over HTTP: the routes as one function from Request to Response, the socket they stand on, and their client.
export {
  createDaemonClient,
  DaemonAnswerError,
  type DaemonClient,
  DaemonUnreachableError,
} from './daemon-client.ts';
export type { HttpDeps } from './deps.ts';
export { createEventHub, type EventHub } from './events/event-hub.ts';
export { createHttpApp } from './server/http-app.ts';
export type { HttpApp } from './server/http-env.ts';
export { type Served, serve } from './server/serve.ts';
