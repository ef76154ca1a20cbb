// Whether a daemon of this home drives what a command here would: the same service, store and key. The daemon writes a code
// of the three into its file that only a holder of its token can make, so that nobody reads a key out of it, and nothing need
// be asked.
import { createHmac } from 'node:crypto';
import type { Secret } from '../../base/std/index.ts';
import type { Config } from './config.ts';

/** `token` is the daemon's full one. */
export function daemonMark({ baseUrl, stateUrl, apiKey }: Config, token: Secret): string {
  const driven = [baseUrl.value, stateUrl.value, apiKey.value?.reveal() ?? ''];
  return createHmac('sha256', token.reveal()).update(JSON.stringify(driven)).digest('hex').slice(0, 32);
}
