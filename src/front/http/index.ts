// The daemon over HTTP: the routes as one function from Request to Response, the socket they stand on, and their client.
export { type AppCall, callApp } from './call-app.ts';
export {
  createDaemonClient,
  createRemoteMonitor,
  DaemonAnswerError,
  type DaemonClient,
  DaemonUnreachableError,
  type RemoteMonitorOptions,
} from './daemon-client.ts';
export type { HttpDeps, Service } from './deps.ts';
export { createEventHub, type EventHub } from './events/event-hub.ts';
export { createHttpApp } from './server/http-app.ts';
export type { HttpApp } from './server/http-env.ts';
export { createOwnApp, loadOwnApp } from './server/own-app.ts';
export { type Served, serve } from './server/serve.ts';
