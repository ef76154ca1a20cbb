// The kinds of value in a job file. Every error is the phrase that completes "it must be …".
import { z } from 'zod';
import { parseTime } from '../../../base/std/index.ts';
import {
  DURATION_PATTERN,
  MONEY_PATTERN,
  readDollars,
  readDurationMs,
  readSizeGb,
  SIZE_PATTERN,
} from './quantities.ts';

const VARIABLE_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TIME_OF_DAY_PATTERN = /^([01]?\d|2[0-3]):[0-5]\d$/;
const MOMENT_PATTERN = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/;
export const MOST_GPUS = 64;
const MOST_DOLLARS = 1_000_000;
const LONGEST_DURATION_MS = 366 * 86_400_000;

export const phrase = {
  name: 'a name of up to 63 letters, digits, dots, dashes and underscores that begins and ends with a letter or digit, like tiny-train',
  image: 'the name of an image, like pytorch/pytorch:latest or ghcr.io/me/train@sha256:…',
  template: 'the hash of a template: 32 hexadecimal digits, as the template page of the service shows it',
  script: 'a command, or several lines of them behind a |',
  duration: 'a length of time, like 90s, 30m, 6h or 2d, up to a year',
  size: 'a size with its unit, like 500MB, 20GB or 1.5TB',
  money: 'an amount of dollars above 0, like 2.00 or "$2.00"',
  price: 'dollars an hour above 0, like 0.60',
  flag: 'true or false',
  variable:
    'the name of an environment variable: letters, digits and underscores, not beginning with a digit',
  env: 'a text, or {from_env: NAME} for the value that NAME has where the job is submitted',
  workdir: 'a folder, like ./train, or {git: URL, commit: HASH}',
  git: 'the address of a git repository without a password in it, like https://github.com/me/train.git',
  commit:
    'a whole commit hash of 40 or 64 hexadecimal digits, as git rev-parse HEAD prints it: a branch moves',
  pattern: 'a path or pattern inside the workspace, like out/ckpt-*: not absolute, without ..',
  patterns: 'a list of paths or patterns inside the workspace, like ["out/**"]',
  file: 'a file or folder of this machine, or {text: CONTENT}',
  gpu: 'the name of a GPU, like RTX 4090, a list of names, or any',
  count: `a whole number of GPUs from 1 to ${MOST_GPUS}`,
  cuda: 'a CUDA version as a number, like 12.4',
  regions: 'a list of regions and countries, like [EU, US]',
  ratio: 'a number from 0 to 1, like 0.95',
  verified: 'true (verified machines), false (any), verified, not-deverified or any',
  interruptible: 'true, false or either',
  ports: 'a list of ports, like [8000, 8081/udp]',
  times: 'a whole number, 0 or more',
  retry: 'how long or how often, like {for: 30m} or {times: 2}',
  matrix: 'a list of at least one text or number for each variable',
  start: 'a time of day, like 08:00, or a moment, like 2026-11-23T08:00:00Z',
  section: 'a section of keys and values',
} as const;

export const text = (error: string, pattern?: RegExp) =>
  pattern
    ? z.string({ error }).regex(pattern, { error, abort: true })
    : z.string({ error }).min(1, { error, abort: true });

export const duration = text(phrase.duration, DURATION_PATTERN).refine(
  (value) => {
    const ms = readDurationMs(value);
    return ms > 0 && ms <= LONGEST_DURATION_MS;
  },
  { error: phrase.duration },
);
const isDollars = (dollars: number) => dollars >= 1e-6 && dollars <= MOST_DOLLARS;
export const money = z.union(
  [
    z.number({ error: phrase.money }).refine(isDollars, { error: phrase.money }),
    text(phrase.money, MONEY_PATTERN).refine((value) => isDollars(readDollars(value)), {
      error: phrase.money,
    }),
  ],
  { error: phrase.money },
);
export const size = text(phrase.size, SIZE_PATTERN).refine(
  (value) => {
    const gb = readSizeGb(value);
    return gb >= 0.001 && gb <= 1e6;
  },
  { error: phrase.size },
);
export const price = z
  .number({ error: phrase.price })
  .positive({ error: phrase.price })
  .max(MOST_DOLLARS, { error: phrase.price });
export const flag = z.boolean({ error: phrase.flag });
export const count = (error: string, most: number, least: number) =>
  z.int({ error }).min(least, { error }).max(most, { error });
export const variable = text(phrase.variable, VARIABLE_PATTERN);
const isInside = (path: string) => !/^([/\\~]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..');
export const inside = text(phrase.pattern).refine(isInside, { error: phrase.pattern });
export const hasPassword = (url: string) =>
  /^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(url) || /^https?:\/\/[^/@]*@/i.test(url);

export const startBy = z
  .string({ error: phrase.start })
  .refine((value) => TIME_OF_DAY_PATTERN.test(value) || isMoment(value), { error: phrase.start });

/** Also of a day that there is: to the language the 30th of February is the 2nd of March. */
function isMoment(value: string): boolean {
  if (!MOMENT_PATTERN.test(value)) return false;
  try {
    parseTime(value, 0);
    return true;
  } catch {
    return false;
  }
}
