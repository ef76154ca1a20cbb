// Names of all GPU models that the market knows today. Needs no key.

import type { CallOptions } from '../api-call.ts';
import { MalformedAnswerError } from '../errors.ts';
import type { SendRead } from '../send-read.ts';
import type { WireGpuNames } from '../wire/index.ts';

export interface GpuNamesResource {
  /** In the service's spelling, in alphabetical order. */
  list(options?: CallOptions): Promise<readonly string[]>;
}

export function createGpuNames({ send }: { readonly send: SendRead }): GpuNamesResource {
  return {
    list: (options) =>
      send(
        {
          method: 'GET',
          route: '/gpu_names/unique/',
          auth: 'none',
          decode: (json, answer) => {
            const names = (json as Partial<WireGpuNames> | null)?.gpu_names;
            if (!Array.isArray(names)) {
              throw new MalformedAnswerError(
                `${answer.endpoint} answered without a list of names; the API may have changed`,
                { ...answer, isTransient: false },
              );
            }
            return names.filter((name): name is string => typeof name === 'string' && name !== '').sort();
          },
        },
        options,
      ),
  };
}
