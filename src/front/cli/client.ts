// The API client as the settings ask for it.
import type { Secret } from '../../base/std/index.ts';
import { openVastSession, type VastSession } from '../app/index.ts';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';
import { isLoopback } from './origin.ts';

/** A session for a person who waits; throws a UsageError when there is no key. */
export async function personSession(
  context: Context,
  { apiKey }: { apiKey?: Secret } = {},
): Promise<VastSession> {
  const { config, clock, random, log } = context;
  const key = apiKey ?? config.apiKey.value;
  if (!key) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY in the environment or in .env.',
    );
  }
  return openVastSession({
    apiKey: key,
    baseUrl: config.baseUrl.value,
    stateUrl: config.stateUrl.value,
    clock,
    random,
    log,
    timeoutMs: config.timeoutMs.value,
    priority: 'person',
    pace: isLoopback(config.baseUrl.value) ? 'learned' : 'published',
  });
}
