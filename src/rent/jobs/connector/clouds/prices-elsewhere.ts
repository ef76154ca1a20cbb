// Published prices of other clouds, of each whose key is known. None of their answers was ever seen live: what is read is
// what their documentation says, and each row is marked so.
import type { Clock, Secret } from '../../../../base/std/index.ts';
import {
  CLOUDS,
  type Cloud,
  type CloudPrice,
  type CloudQuestion,
  type PublishedPrice,
} from './cloud-price.ts';
import { lambdaPrice } from './lambda-price.ts';
import { runpodPrice } from './runpod-price.ts';

export interface CloudsOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly keys: Readonly<Partial<Record<Cloud, Secret | undefined>>>;
  readonly clock: Clock;
}

const TIMEOUT_MS = 10_000;
const ASK: Readonly<Record<Cloud, (question: CloudQuestion) => Promise<PublishedPrice>>> = {
  runpod: runpodPrice,
  lambda: lambdaPrice,
};

export async function pricesElsewhere(
  options: CloudsOptions,
  gpu: string,
  signal?: AbortSignal,
): Promise<readonly CloudPrice[]> {
  const asked = CLOUDS.map(async (provider): Promise<CloudPrice | undefined> => {
    const key = options.keys[provider];
    if (!key) return undefined;
    try {
      const send = (url: string, init: RequestInit) => sendJson(options, { url, init, signal });
      const price = await ASK[provider]({ gpu, key, send });
      const problem = price.gpu === null ? `${provider} publishes no price of ${gpu}` : null;
      return { provider, ...price, neverSeenLive: true, problem };
    } catch (error) {
      signal?.throwIfAborted();
      const problem = `${provider} did not tell its price: ${error instanceof Error ? error.message : String(error)}`;
      return {
        provider,
        gpu: null,
        pricePerHour: null,
        spotPricePerHour: null,
        neverSeenLive: true,
        problem,
      };
    }
  });
  return (await Promise.all(asked)).filter((price) => price !== undefined);
}

interface JsonRequest {
  readonly url: string;
  readonly init: RequestInit;
  readonly signal: AbortSignal | undefined;
}

async function sendJson(options: CloudsOptions, { url, init, signal }: JsonRequest): Promise<unknown> {
  const timeout = new AbortController();
  const timer = options.clock.setTimer(TIMEOUT_MS, () =>
    timeout.abort(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)),
  );
  try {
    const either = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
    const response = await options.fetch(url, { ...init, signal: either });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return await response.json();
  } finally {
    timer.cancel();
  }
}
