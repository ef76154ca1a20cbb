// What a training may cost and how its machine is rented, checked as a whole like its configuration.
import { z } from 'zod';
import { findingsOf } from '../../../base/yaml/index.ts';
import { RENTAL_WISHES, RETRY_KINDS } from '../file/index.ts';

const text = (error: string) => z.string({ error }).trim().min(1, { error });
const number = (error: string, least: number, most: number) =>
  z.number({ error }).min(least, { error }).max(most, { error });

const DOLLARS = 'a number of dollars above 0';
const MILLISECONDS = 'a number of milliseconds, 1000 or more';
const ENV = 'an object of texts, or of { fromEnv: NAME }';
const RETRY = `an object of ${RETRY_KINDS.join(', ')}, each with forMs or times`;
const LIMIT = 'an object of forMs, in milliseconds, or times';

const schema = z.strictObject(
  {
    image: text('the name of an image, like pytorch/pytorch:latest'),
    setup: z.string({ error: 'a shell script' }),
    env: z.record(
      z.string(),
      z.union([z.string(), z.strictObject({ fromEnv: text('the name of a variable') })], { error: ENV }),
      { error: ENV },
    ),
    diskGb: number('a number of GB from 1 to 65536', 1, 65_536),
    maxPricePerHour: number(DOLLARS, 1e-6, 1e6),
    rental: z.enum(RENTAL_WISHES, { error: `one of ${RENTAL_WISHES.join(', ')}` }),
    budgetUsd: number(DOLLARS, 1e-6, 1e9),
    maxDurationMs: number(MILLISECONDS, 1_000, 1e12),
    retry: z.partialRecord(
      z.enum(RETRY_KINDS),
      z.strictObject(
        {
          forMs: number(MILLISECONDS, 0, 1e12).optional(),
          times: number('a number of times', 0, 1e6).optional(),
        },
        { error: LIMIT },
      ),
      { error: RETRY },
    ),
    folder: text('a folder of this machine'),
    signal: z.instanceof(AbortSignal, { error: 'an AbortSignal' }),
  },
  { error: 'an object of limits' },
);
const optional = schema.partial();

/** A sentence for each; none where all can be. */
export function faultsOfLimits(limits: unknown): readonly string[] {
  const parsed = optional.safeParse(limits);
  if (parsed.success) return [];
  const judged = { input: limits, what: 'the limits of a training', keysAt: () => Object.keys(schema.shape) };
  return findingsOf(parsed.error.issues, judged).map(({ sentence }) => sentence);
}
