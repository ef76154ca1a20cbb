// The API client as the settings ask for it.
import type { Secret } from '../../base/std/index.ts';
import { createVastClient, type VastClient } from '../../net/vast/index.ts';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';

/** A client for a person who waits; throws a UsageError when there is no key. */
export function clientFor(context: Context, { apiKey }: { apiKey?: Secret } = {}): VastClient {
  const { config, clock, random, log } = context;
  const key = apiKey ?? config.apiKey.value;
  if (!key) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY in the environment or in .env.',
    );
  }
  return createVastClient({
    apiKey: key,
    baseUrl: config.baseUrl.value,
    fetch: globalThis.fetch,
    clock,
    random,
    log,
    timeoutMs: config.timeoutMs.value,
    priority: 'person',
  });
}
