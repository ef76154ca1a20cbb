// What the commands that rent are given: everything for the account that the key opens.
import { openRenting, type Renting } from '../app/index.ts';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';
import { readNotifyOptions } from './notify-settings.ts';
import { askAddress } from './origin.ts';

/** Throws a UsageError when there is no key, and the errors of the first question to the service. */
export async function openRentingHere(context: Context): Promise<Renting> {
  const { config, clock, random, log } = context;
  const apiKey = config.apiKey.value;
  if (!apiKey) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY in the environment or in .env.',
    );
  }
  const { origin, searchesPerMinute } = await askAddress(config.baseUrl.value, context);
  return await openRenting({
    apiKey,
    baseUrl: config.baseUrl.value,
    stateUrl: config.stateUrl.value,
    home: config.home.value,
    notify: readNotifyOptions(config),
    timeoutMs: config.timeoutMs.value,
    pace: origin.kind === 'live' ? 'published' : 'learned',
    searchesPerMinute,
    priority: 'person',
    clock,
    random,
    log,
  });
}
