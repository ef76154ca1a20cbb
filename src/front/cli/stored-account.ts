// Which account the key opens, as far as the store knows it: nobody is asked.
import { knownAccount } from '../../rent/rental/index.ts';
import { type Books, openInstall } from '../app/index.ts';
import type { Context } from './context.ts';

/** Undefined without a key, and for one that was never used. */
export async function storedAccount(
  { config, random }: Pick<Context, 'config' | 'random'>,
  { store }: Books,
): Promise<string | undefined> {
  const apiKey = config.apiKey.value;
  if (!apiKey) return undefined;
  try {
    const install = openInstall(config.home.value, random);
    return (await knownAccount({ store, baseUrl: config.baseUrl.value, install, apiKey }))?.account;
  } catch {
    // The file of this install is damaged: whatever needs it says so, and spending can be halted all the same.
    return undefined;
  }
}
