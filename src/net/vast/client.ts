// The client of the Vast.ai API: one object for each noun over one request function. Everything that touches
// the outside is an argument.
import {
  type Clock,
  createLimiter,
  type Limiter,
  type Log,
  memoryLimiterStore,
  type Priority,
  type Random,
  type Secret,
} from '../../base/std/index.ts';
import type { Pace, SenderDeps } from './api-call.ts';
import { InvalidRequestError } from './errors.ts';
import { createFetchResult } from './fetch-result.ts';
import { type ApiKeysResource, createApiKeys } from './resources/api-keys.ts';
import { type AuditLogResource, createAuditLog } from './resources/audit-log.ts';
import { type BillingResource, createBilling } from './resources/billing.ts';
import { type CopiesResource, createCopies } from './resources/copies.ts';
import { createGpuNames, type GpuNamesResource } from './resources/gpu-names.ts';
import { createInstances, type InstancesResource } from './resources/instances.ts';
import { createMetrics, type MetricsResource } from './resources/metrics.ts';
import { createNotifications, type NotificationsResource } from './resources/notifications.ts';
import { createOffers, type OffersResource } from './resources/offers.ts';
import { createSchedule, type ScheduleResource } from './resources/schedule.ts';
import { createSecrets, type SecretsResource } from './resources/secrets.ts';
import { createSshKeys, type SshKeysResource } from './resources/ssh-keys.ts';
import { createTemplates, type TemplatesResource } from './resources/templates.ts';
import { createUsers, type UsersResource } from './resources/users.ts';
import { createVolumes, type VolumesResource } from './resources/volumes.ts';
import { createSendOnce } from './send-once.ts';
import { createReadSender } from './send-read.ts';
import { createWriteSender } from './send-write.ts';

export const DEFAULT_BASE_URL = 'https://console.vast.ai/api/v0';

export interface VastClientOptions {
  /** Sent as a bearer token and nowhere else. Without one, only what needs none can be asked. */
  readonly apiKey?: Secret | undefined;
  /** Default `https://console.vast.ai/api/v0`. */
  readonly baseUrl?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: one of its own, in memory. Give all clients that share an address the same. */
  readonly limiter?: Limiter | undefined;
  /** For one try, with the reading of the body; default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Default `person`. */
  readonly priority?: Priority | undefined;
  /** Default `published`. */
  readonly pace?: Pace | undefined;
  /** Tries of a read in all; default 3, as the official CLI. */
  readonly attempts?: number | undefined;
}

export interface VastClient {
  readonly baseUrl: string;
  readonly instances: InstancesResource;
  readonly offers: OffersResource;
  readonly gpuNames: GpuNamesResource;
  readonly users: UsersResource;
  readonly metrics: MetricsResource;
  readonly apiKeys: ApiKeysResource;
  readonly auditLog: AuditLogResource;
  readonly billing: BillingResource;
  readonly copies: CopiesResource;
  readonly notifications: NotificationsResource;
  readonly schedule: ScheduleResource;
  readonly secrets: SecretsResource;
  readonly sshKeys: SshKeysResource;
  readonly templates: TemplatesResource;
  readonly volumes: VolumesResource;
}

/** Throws InvalidRequestError for a base URL that cannot be used. Calls nothing by itself. */
export function createVastClient(options: VastClientOptions): VastClient {
  const { clock, log, priority = 'person', timeoutMs = 60_000, attempts = 3, pace = 'published' } = options;
  const baseUrl = parseBaseUrl(options.baseUrl ?? DEFAULT_BASE_URL);
  const deps: SenderDeps = {
    baseUrl,
    apiKey: options.apiKey,
    fetch: options.fetch,
    clock,
    random: options.random,
    log,
    limiter: options.limiter ?? ownLimiter(clock),
    timeoutMs,
    attempts,
    priority,
    pace,
  };
  const sendOnce = createSendOnce(deps);
  const send = createReadSender(deps, sendOnce);
  const write = createWriteSender(deps, sendOnce);
  const fetchResult = createFetchResult(deps);
  return {
    baseUrl: baseUrl.href,
    instances: createInstances({ send, write, fetchResult, clock, log }),
    offers: createOffers({ send, log }),
    gpuNames: createGpuNames({ send }),
    users: createUsers({ send, write }),
    metrics: createMetrics({ send }),
    apiKeys: createApiKeys({ send, write }),
    auditLog: createAuditLog({ send }),
    billing: createBilling({ send }),
    copies: createCopies({ send, write }),
    notifications: createNotifications({ send, write }),
    schedule: createSchedule({ send, write }),
    secrets: createSecrets({ send, write }),
    sshKeys: createSshKeys({ send, write }),
    templates: createTemplates({ send, write }),
    volumes: createVolumes({ send, write }),
  };
}

function ownLimiter(clock: Clock): Limiter {
  let tickets = 0;
  return createLimiter({ store: memoryLimiterStore(), clock, makeTicket: () => String(++tickets) });
}

function parseBaseUrl(text: string): URL {
  const example = `write it like ${DEFAULT_BASE_URL}`;
  if (!URL.canParse(text)) throw new InvalidRequestError(`The base URL "${text}" is not a URL; ${example}`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new InvalidRequestError(`The base URL "${text}" is neither https nor http; ${example}`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidRequestError(
      `The base URL for ${url.host} holds a user, a query or a fragment, which end up in logs; ${example}`,
    );
  }
  return url;
}
