// Prices of RunPod and Lambda, from answers in the shapes that they document. Nobody here has seen a real one.
import { describe, expect, it } from 'vitest';
import { Secret, SteppedClock } from '../../../../src/base/std/index.ts';
import { pricesElsewhere } from '../../../../src/rent/jobs/connector/clouds/prices-elsewhere.ts';

const RUNPOD = {
  data: {
    gpuTypes: [
      { id: 'NVIDIA A100 80GB PCIe', displayName: 'A100 PCIe', securePrice: 1.64, communityPrice: 1.19 },
      {
        id: 'NVIDIA GeForce RTX 4090',
        displayName: 'RTX 4090',
        securePrice: 0.69,
        communityPrice: 0.34,
        secureSpotPrice: 0,
        communitySpotPrice: 0.2,
      },
      { id: 'unknown', displayName: null, securePrice: 0, communityPrice: null },
    ],
  },
};
const typeOf = (gpus: number, gpu: string | undefined, cents: number) => ({
  instance_type: {
    name: `gpu_${gpus}x`,
    description: `${gpus}x A100 (40 GB SXM4)`,
    ...(gpu !== undefined && { gpu_description: gpu }),
    price_cents_per_hour: cents,
    specs: { vcpus: 30, memory_gib: 200, storage_gib: 512, gpus },
  },
  regions_with_capacity_available: [{ name: 'us-east-1', description: 'Virginia, USA' }],
});
const LAMBDA = {
  data: {
    gpu_1x_a100: typeOf(1, 'A100 (40 GB SXM4)', 149),
    gpu_8x_a100: typeOf(8, undefined, 1_032),
    gpu_1x_a10: typeOf(1, 'A10 (24 GB PCIe)', 75),
  },
};

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function clouds(answer: (url: string, init: RequestInit) => Promise<Response>) {
  const sent: Sent[] = [];
  const clock = new SteppedClock();
  return {
    sent,
    clock,
    options: {
      fetch: (async (url: string, init: RequestInit) => {
        sent.push({ url, init });
        return await answer(url, init);
      }) as typeof globalThis.fetch,
      keys: { runpod: new Secret('rp-key'), lambda: new Secret('la-key') },
      clock,
    },
  };
}

const asDocumented = async (url: string) => Response.json(url.includes('runpod') ? RUNPOD : LAMBDA);

describe('prices of other clouds', () => {
  it('are the cheapest of each that has the card, marked as never seen live', async () => {
    const { options, sent } = clouds(asDocumented);
    expect(await pricesElsewhere(options, 'RTX 4090')).toEqual([
      {
        provider: 'runpod',
        gpu: 'RTX 4090',
        pricePerHour: 0.34,
        spotPricePerHour: 0.2,
        neverSeenLive: true,
        problem: null,
      },
      {
        provider: 'lambda',
        gpu: null,
        pricePerHour: null,
        spotPricePerHour: null,
        neverSeenLive: true,
        problem: 'lambda publishes no price of RTX 4090',
      },
    ]);
    const [runpod, lambda] = await pricesElsewhere(options, 'A100 SXM4');
    expect(runpod?.problem).toBe('runpod publishes no price of A100 SXM4');
    // Eight of them are $10.32: less for each than one alone.
    expect(lambda).toMatchObject({ gpu: 'A100 (40 GB SXM4)', pricePerHour: 1.29, spotPricePerHour: null });
    expect(sent.map(({ url }) => url).join(' ')).not.toMatch(/-key/);
    expect(new Headers(sent[0]?.init.headers).get('authorization')).toBe('Bearer rp-key');
    expect(new Headers(sent[1]?.init.headers).get('authorization')).toBe('Bearer la-key');
  });

  it('are asked only of clouds whose key is known', async () => {
    const { options, sent } = clouds(asDocumented);
    expect(await pricesElsewhere({ ...options, keys: {} }, 'RTX 4090')).toEqual([]);
    expect(sent).toEqual([]);
  });

  it.each([
    [async () => new Response('no', { status: 401 }), 'it answered 401'],
    [async () => Response.json({ errors: [{ message: 'bad' }] }), 'its answer is not what it documents'],
    [
      async () => {
        throw new TypeError('fetch failed');
      },
      'fetch failed',
    ],
  ])('that do not come are said in their row, without the key', async (answer, why) => {
    const { options } = clouds(answer);
    const rows = await pricesElsewhere(options, 'RTX 4090');
    expect(rows.map(({ problem }) => problem)).toEqual([
      `runpod did not tell its price: ${why}`,
      `lambda did not tell its price: ${why}`,
    ]);
    expect(rows.every(({ pricePerHour, neverSeenLive }) => pricePerHour === null && neverSeenLive)).toBe(
      true,
    );
  });

  it('are waited for ten seconds', async () => {
    const { options, clock } = clouds(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    );
    const asked = pricesElsewhere(options, 'RTX 4090');
    await clock.untilIdle();
    await clock.stepToNext();
    expect((await asked)[0]?.problem).toBe('runpod did not tell its price: no answer within 10 s');
    expect(clock.monotonic()).toBe(10_000);
  });

  it('end with the signal of whoever asked', async () => {
    const { options } = clouds(async (_, { signal }) => {
      signal?.throwIfAborted();
      return Response.json({});
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(pricesElsewhere(options, 'RTX 4090', signal)).rejects.toThrow('enough');
  });
});
