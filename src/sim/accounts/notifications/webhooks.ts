// Webhooks that accounts set up, and the rules for their names, addresses and events.
import { createHash } from 'node:crypto';
import { ApiError } from '../../api/api-error.ts';
import { type Body, textOf } from '../../api/read-body.ts';
import type { Account } from '../account.ts';
import { isNotificationKey } from './notification-types.ts';

export interface Webhook {
  readonly id: number;
  readonly accountId: number;
  readonly createdMs: number;
  name: string | null;
  url: string;
  events: readonly string[];
  secret: string;
  updatedMs: number;
}

export interface Webhooks {
  of(accountId: number): readonly Webhook[];
  /** Throws ApiError 404 for one that is not the account's. */
  get(account: Account, id: string | undefined): Webhook;
  /** Throws ApiError 400 for a fifth, and for what breaks a rule. */
  add(account: Account, body: Body, nowMs: number): Webhook;
  update(webhook: Webhook, body: Body, nowMs: number): void;
  rotate(webhook: Webhook, nowMs: number): void;
  remove(webhook: Webhook): void;
}

export interface WebhookRules {
  /** For made-up secrets. */
  readonly seed: string;
  /** Whether plain http to a loopback address is taken, which the service refuses. */
  readonly allowsLoopback: boolean;
}

const MOST_WEBHOOKS = 4;
const LONGEST_URL = 2_048;
const LONGEST_NAME = 120;

export function createWebhooks({ seed, allowsLoopback }: WebhookRules): Webhooks {
  const all: Webhook[] = [];
  let lastId = 0;
  let secrets = 0;
  const makeSecret = () => {
    secrets += 1;
    return createHash('sha256').update(`vastdeck webhook secret ${seed} ${secrets}`).digest('hex');
  };

  const nameOf = (body: Body): string | null => {
    const name = textOf(body, 'name');
    if (name === undefined || name === '') return null;
    if (name.length > LONGEST_NAME)
      throw invalid(`the name has ${name.length} characters, ${LONGEST_NAME} at most`);
    if (/\p{Cc}/u.test(name)) throw invalid('the name has control characters');
    return name;
  };

  const urlOf = (body: Body): string => {
    const url = textOf(body, 'webhook_url') ?? '';
    if (url.length > LONGEST_URL)
      throw invalid(`the URL has ${url.length} characters, ${LONGEST_URL} at most`);
    if (!URL.canParse(url)) throw invalid('webhook_url is no URL');
    const { protocol, hostname } = new URL(url);
    const isAllowed =
      protocol === 'https:' || (protocol === 'http:' && allowsLoopback && isLoopback(hostname));
    if (!isAllowed || hostname === '') throw invalid('webhook_url must be an https:// URL');
    return url;
  };

  return {
    of: (accountId) => all.filter((webhook) => webhook.accountId === accountId),
    get(account, id) {
      const webhook = all.find((each) => String(each.id) === id && each.accountId === account.id);
      if (!webhook) throw new ApiError(404, 'not_found', `There is no webhook ${id}.`);
      return webhook;
    },
    add(account, body, nowMs) {
      const [name, url, events] = [nameOf(body), urlOf(body), eventsOf(body)];
      if (this.of(account.id).length >= MOST_WEBHOOKS)
        throw invalid(`there are ${MOST_WEBHOOKS} already, the most`);
      lastId += 1;
      const secret = makeSecret();
      const times = { createdMs: nowMs, updatedMs: nowMs };
      const webhook: Webhook = { id: lastId, accountId: account.id, name, url, events, secret, ...times };
      all.push(webhook);
      return webhook;
    },
    update(webhook, body, nowMs) {
      const name = 'name' in body ? nameOf(body) : webhook.name;
      const url = textOf(body, 'webhook_url') === undefined ? webhook.url : urlOf(body);
      const events = (body.event_types ?? undefined) === undefined ? webhook.events : eventsOf(body);
      Object.assign(webhook, { name, url, events, updatedMs: nowMs });
    },
    rotate(webhook, nowMs) {
      webhook.secret = makeSecret();
      webhook.updatedMs = nowMs;
    },
    remove: (webhook) => void all.splice(all.indexOf(webhook), 1),
  };
}

/** As it is listed: without its secret. */
export function webhookRow(webhook: Webhook): Readonly<Record<string, unknown>> {
  return {
    id: webhook.id,
    user_id: webhook.accountId,
    name: webhook.name,
    webhook_url: webhook.url,
    event_types: webhook.events,
    created_at: webhook.createdMs / 1_000,
    updated_at: webhook.updatedMs / 1_000,
  };
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** A private network, or this machine; of names that say so and of addresses, since nothing is looked up. */
export function isPrivate(hostname: string): boolean {
  return (
    isLoopback(hostname) ||
    hostname.endsWith('.localhost') ||
    /^(0|10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(hostname) ||
    /^\[(::|fe80:|f[cd])/i.test(hostname)
  );
}

function eventsOf(body: Body): readonly string[] {
  const list = body.event_types;
  if (!Array.isArray(list) || list.length === 0)
    throw invalid('event_types must name at least one notification');
  const keys = [...new Set(list.map(String))];
  const unknown = keys.find((key) => !isNotificationKey(key));
  if (unknown !== undefined) throw invalid(`there is no notification ${unknown}`);
  return keys;
}

function invalid(what: string): ApiError {
  return new ApiError(400, 'invalid_args', `Invalid webhook: ${what}.`);
}
