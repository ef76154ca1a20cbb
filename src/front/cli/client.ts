// The API client as the settings ask for it.
import { createLog, type Log, type Secret } from '../../base/std/index.ts';
import { openVastSession, type VastSession } from '../app/index.ts';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';
import { askAddress } from './origin.ts';
import { valueText } from './output/column.ts';
import { progressLine } from './output/progress.ts';

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
  const passing = passingLog(context);
  const { origin, searchesPerMinute } = await askAddress(config.baseUrl.value, context);
  const session = await openVastSession({
    apiKey: key,
    baseUrl: config.baseUrl.value,
    stateUrl: config.stateUrl.value,
    clock,
    random,
    log,
    clientLog: config.logLevel.value === 'debug' ? log : passing.log,
    timeoutMs: config.timeoutMs.value,
    priority: 'person',
    pace: origin.kind === 'live' ? 'published' : 'learned',
    searchesPerMinute,
  });
  return {
    client: session.client,
    [Symbol.asyncDispose]: async () => {
      passing.end();
      await session[Symbol.asyncDispose]();
    },
  };
}

/**
 * Failed tries matter to a person only while the next one runs: on a terminal they are shown until then, and if
 * none succeeds the error says it all. With LOG_LEVEL=debug they are logged instead.
 */
function passingLog(context: Context): { readonly log: Log; readonly end: () => void } {
  const progress = progressLine(context, { plainEveryMs: 'never' });
  const log = createLog({
    clock: context.clock,
    level: 'debug',
    write: ({ level, message, fields }) => {
      if (level === 'debug') progress.end();
      else progress.show(`${message}: ${valueText(fields.reason)}`);
    },
  });
  return { log, end: progress.end };
}
