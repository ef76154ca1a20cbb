// Which account the key opens, as far as the store knows it: nobody is asked.
import { createVastClient } from '../../net/vast/index.ts';
import { accountOf } from '../../rent/rental/index.ts';
import { type Books, openInstall } from '../app/index.ts';
import type { Context } from './context.ts';

/** Undefined without a key, and for one that was never used. */
export async function storedAccount(
  { config, clock, random, log }: Pick<Context, 'config' | 'clock' | 'random' | 'log'>,
  { store }: Books,
): Promise<string | undefined> {
  const apiKey = config.apiKey.value;
  if (!apiKey) return undefined;
  const client = createVastClient({
    baseUrl: config.baseUrl.value,
    fetch: refuse,
    clock,
    random,
    log,
    attempts: 1,
  });
  try {
    const install = openInstall(config.home.value, random);
    return (await accountOf({ store, client, install, apiKey })).account;
  } catch {
    // Not asked yet.
    return undefined;
  }
}

const refuse: typeof globalThis.fetch = () => Promise.reject(new Error('nobody is asked'));
