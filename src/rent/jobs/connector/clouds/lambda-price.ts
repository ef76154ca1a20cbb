// Lambda's published prices: the instance types of its API, as https://docs.lambda.ai/api/cloud describes them.
import { z } from 'zod';
import type { CloudQuestion, PublishedPrice } from './cloud-price.ts';
import { isSameGpu } from './same-gpu.ts';

const URL = 'https://cloud.lambda.ai/api/v1/instance-types';

const answer = z.object({
  data: z.record(
    z.string(),
    z.object({
      instance_type: z.object({
        description: z.string(),
        gpu_description: z.string().nullish(),
        price_cents_per_hour: z.number(),
        specs: z.object({ gpus: z.number() }),
      }),
    }),
  ),
});

/** Of all sizes of machines with this GPU, the one where it costs least. It has nothing that can be taken away. */
export async function lambdaPrice({ gpu, key, send }: CloudQuestion): Promise<PublishedPrice> {
  const json = await send(URL, { headers: { authorization: `Bearer ${key.reveal()}` } });
  const parsed = answer.safeParse(json);
  if (!parsed.success) throw new Error('its answer is not what it documents');
  const priced = Object.values(parsed.data.data)
    .map(({ instance_type: type }) => ({
      // `1x A10 (24 GB PCIe)` where it has no description of the GPU alone.
      gpu: type.gpu_description ?? type.description.replace(/^\d+x /, ''),
      cents: type.price_cents_per_hour,
      gpus: type.specs.gpus,
    }))
    .filter((type) => type.gpus > 0 && isSameGpu(gpu, type.gpu))
    .map((type) => ({ gpu: type.gpu, pricePerHour: type.cents / 100 / type.gpus, spotPricePerHour: null }))
    .sort((a, b) => a.pricePerHour - b.pricePerHour);
  return priced[0] ?? { gpu: null, pricePerHour: null, spotPricePerHour: null };
}
