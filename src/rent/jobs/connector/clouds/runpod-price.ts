// RunPod's published prices: its GraphQL API, as https://graphql-spec.runpod.io describes it.
import { z } from 'zod';
import type { CloudQuestion, PublishedPrice } from './cloud-price.ts';
import { isSameGpu } from './same-gpu.ts';

const URL = 'https://api.runpod.io/graphql';
const QUERY = '{ gpuTypes { id displayName securePrice communityPrice secureSpotPrice communitySpotPrice } }';

const price = z.number().nullish();
const answer = z.object({
  data: z.object({
    gpuTypes: z.array(
      z.object({
        id: z.string(),
        displayName: z.string().nullish(),
        securePrice: price,
        communityPrice: price,
        secureSpotPrice: price,
        communitySpotPrice: price,
      }),
    ),
  }),
});

/** The cheaper of its two clouds. */
export async function runpodPrice({ gpu, key, send }: CloudQuestion): Promise<PublishedPrice> {
  const json = await send(URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.reveal()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  });
  const parsed = answer.safeParse(json);
  if (!parsed.success) throw new Error('its answer is not what it documents');
  const rows = parsed.data.data.gpuTypes.filter(
    ({ id, displayName }) => isSameGpu(gpu, displayName ?? id) || isSameGpu(gpu, id),
  );
  const priced = rows
    .map((row) => ({
      gpu: row.displayName ?? row.id,
      pricePerHour: cheaper(row.securePrice, row.communityPrice),
      spotPricePerHour: cheaper(row.secureSpotPrice, row.communitySpotPrice),
    }))
    .filter(({ pricePerHour }) => pricePerHour !== null)
    .sort((a, b) => (a.pricePerHour ?? 0) - (b.pricePerHour ?? 0));
  return priced[0] ?? { gpu: null, pricePerHour: null, spotPricePerHour: null };
}

/** A price of 0 stands for a cloud that has none of them. */
function cheaper(...prices: readonly (number | null | undefined)[]): number | null {
  const asked = prices.filter((each) => typeof each === 'number' && each > 0) as readonly number[];
  return asked.length === 0 ? null : Math.min(...asked);
}
