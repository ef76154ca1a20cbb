// One route of the service: how it is called, who may call it, how often, and what it does. The table of all routes
// is also the reference page.
import type { Account, ApiKey } from '../accounts/account.ts';
import type { SearchFault } from '../search/answer.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Scope } from './scope.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

export interface Caller {
  readonly account: Account;
  readonly key: ApiKey;
}

export interface OpenCall {
  readonly request: Request;
  /** Parts of the path by their names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON object that was sent; empty when there was none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The simulation's time. */
  readonly nowMs: number;
  /** What a fault does to a listing from inside. */
  readonly fault: SearchFault;
}

export interface Call extends OpenCall {
  readonly caller: Caller;
}

interface RouteShape {
  readonly method: Method;
  /** Without its last slash, with `:name` for a part: `/api/v0/instances/:id`. */
  readonly path: string;
  /** One sentence for the reference page. */
  readonly summary: string;
  /** Least seconds between two calls with one key; none when left out. */
  readonly intervalSec?: number;
}

/** Answers anybody: names of GPUs, files behind a result's address. */
export interface OpenRoute extends RouteShape {
  readonly scope: 'open';
  handle(call: OpenCall): Response | Promise<Response>;
}

export interface KeyedRoute extends RouteShape {
  readonly scope: Scope;
  /** Whether the key that an instance was given may call it, for itself: `:id` is that instance. */
  readonly allowsInstanceKey?: boolean;
  /** So many a minute instead of `intervalSec`: the searches. */
  readonly limit?: RateLimit;
  handle(call: Call): Response | Promise<Response>;
}

export type Route = OpenRoute | KeyedRoute;
