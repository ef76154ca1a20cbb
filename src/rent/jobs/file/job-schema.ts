// The shape of a job file. It only judges: every error is the phrase that completes "it must be …", and reading the
// units is done elsewhere, so that the JSON Schema for editors describes exactly what people write.
import { z } from 'zod';
import { parseImageName } from './image-name.ts';
import {
  DURATION_PATTERN,
  MONEY_PATTERN,
  readDollars,
  readDurationMs,
  readSizeGb,
  SIZE_PATTERN,
} from './quantities.ts';

export const NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const VARIABLE_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TIME_OF_DAY_PATTERN = /^([01]?\d|2[0-3]):[0-5]\d$/;
const MOMENT_PATTERN = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/;
const MOST_GPUS = 64;
const MOST_DOLLARS = 1_000_000;
const LONGEST_DURATION_MS = 366 * 86_400_000;

const phrase = {
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

const text = (error: string, pattern?: RegExp) =>
  pattern ? z.string({ error }).regex(pattern, { error }) : z.string({ error }).min(1, { error });

const duration = text(phrase.duration, DURATION_PATTERN).refine(
  (value) => {
    const ms = readDurationMs(value);
    return ms > 0 && ms <= LONGEST_DURATION_MS;
  },
  { error: phrase.duration },
);
const isDollars = (dollars: number) => dollars >= 1e-6 && dollars <= MOST_DOLLARS;
const money = z.union(
  [
    z.number({ error: phrase.money }).refine(isDollars, { error: phrase.money }),
    text(phrase.money, MONEY_PATTERN).refine((value) => isDollars(readDollars(value)), {
      error: phrase.money,
    }),
  ],
  { error: phrase.money },
);
const size = text(phrase.size, SIZE_PATTERN).refine(
  (value) => {
    const gb = readSizeGb(value);
    return gb >= 0.001 && gb <= 1e6;
  },
  { error: phrase.size },
);
const price = z
  .number({ error: phrase.price })
  .positive({ error: phrase.price })
  .max(MOST_DOLLARS, { error: phrase.price });
const flag = z.boolean({ error: phrase.flag });
const count = (error: string, most: number, least: number) =>
  z.int({ error }).min(least, { error }).max(most, { error });
const variable = text(phrase.variable, VARIABLE_PATTERN);
const isInside = (path: string) => !/^([/\\~]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..');
const inside = text(phrase.pattern).refine(isInside, { error: phrase.pattern });
const hasPassword = (url: string) =>
  /^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(url) || /^https?:\/\/[^/@]*@/i.test(url);

const workdir = z.union(
  [
    text(phrase.workdir),
    z.strictObject(
      {
        git: text(phrase.git)
          .refine((url) => !/\s/.test(url) && !hasPassword(url), { error: phrase.git })
          .meta({ description: 'Address of the repository, which the instance clones.' }),
        commit: text(phrase.commit, /^([0-9a-f]{40}|[0-9a-f]{64})$/).meta({ description: 'The whole hash.' }),
      },
      { error: phrase.workdir },
    ),
  ],
  { error: phrase.workdir },
);

const resources = z.strictObject(
  {
    gpu: z
      .union(
        [text(phrase.gpu), z.array(text(phrase.gpu), { error: phrase.gpu }).min(1, { error: phrase.gpu })],
        {
          error: phrase.gpu,
        },
      )
      .optional()
      .meta({ description: 'Names of GPUs that will do, or any. Default any.' }),
    count: count(phrase.count, MOST_GPUS, 1)
      .optional()
      .meta({ description: 'GPUs in one machine. Default 1.' }),
    disk: size.optional().meta({ description: 'Default 20GB.' }),
    vram: size.optional().meta({ description: 'Least nominal memory of each GPU.' }),
    cuda: z
      .number({ error: phrase.cuda })
      .min(1, { error: phrase.cuda })
      .max(100, { error: phrase.cuda })
      .optional()
      .meta({ description: 'What the driver must be able to run.' }),
    regions: z
      .array(text(phrase.regions), { error: phrase.regions })
      .min(1, { error: phrase.regions })
      .optional(),
    reliability: z
      .number({ error: phrase.ratio })
      .min(0, { error: phrase.ratio })
      .max(1, { error: phrase.ratio })
      .optional()
      .meta({ description: 'Least reliability, 0 to 1.' }),
    verified: z
      .union([z.boolean(), z.enum(['verified', 'not-deverified', 'any'])], { error: phrase.verified })
      .optional()
      .meta({ description: 'Default true: verified machines only.' }),
    datacenter: flag.optional().meta({ description: 'Machines in data centres only, or only others.' }),
    max_price_per_hour: price.optional().meta({ description: 'Dollars an hour, GPUs and disk together.' }),
    max_price_per_gpu_hour: price.optional().meta({ description: 'The same, shared by the GPUs.' }),
    interruptible: z
      .union([z.boolean(), z.literal('either')], { error: phrase.interruptible })
      .optional()
      .meta({ description: 'Rent by bid, which somebody may outbid. Default false.' }),
    ports: z
      .array(
        z.union([count(phrase.ports, 65_535, 1), text(phrase.ports, /^\d{1,5}(\/(tcp|udp))?$/)], {
          error: phrase.ports,
        }),
        { error: phrase.ports },
      )
      .optional(),
  },
  { error: phrase.section },
);

const work = z.strictObject(
  {
    time: duration.meta({
      description: 'How long the work takes on one reference GPU without interruption.',
    }),
    on: text(phrase.gpu).optional().meta({ description: 'The reference GPU. Default RTX 4090.' }),
    checkpoint_size: size.optional().meta({ description: 'Of one checkpoint. Default 1GB.' }),
    checkpoint_time: duration
      .optional()
      .meta({ description: 'How long writing one holds the work up. Default 30s.' }),
  },
  { error: phrase.section },
);

const retryLimit = z.strictObject(
  { for: duration.optional(), times: count(phrase.times, 1_000, 0).optional() },
  { error: phrase.retry },
);

export const jobFileSchema = z.strictObject(
  {
    name: text(phrase.name, NAME_PATTERN).meta({
      description: 'By which the job is listed, and its folder of results is named.',
    }),
    image: text(phrase.image)
      .refine((name) => parseImageName(name).kind === 'image', {
        error: ({ input }) => imagePhrase(String(input)),
      })
      .optional()
      .meta({ description: 'The container image; or template.' }),
    template: text(phrase.template, /^[0-9a-f]{32}$/)
      .optional()
      .meta({ description: 'Hash of a template of the service; or image.' }),
    workdir: workdir
      .optional()
      .meta({ description: 'Copied into the workspace, in which setup and run begin.' }),
    files: z
      .record(
        inside,
        z.union([text(phrase.file), z.strictObject({ text: z.string() }, { error: phrase.file })], {
          error: phrase.file,
        }),
        {
          error: phrase.section,
        },
      )
      .optional()
      .meta({ description: 'Further files: path in the workspace, and where its content comes from.' }),
    setup: text(phrase.script).optional().meta({ description: 'Run once on each machine before run.' }),
    run: text(phrase.script).meta({ description: 'The work. Ends with exit code 0 when it succeeded.' }),
    env: z
      .record(
        variable,
        z.union(
          [
            z.string(),
            z.number(),
            z.boolean(),
            z.strictObject({ from_env: variable }, { error: phrase.env }),
          ],
          {
            error: phrase.env,
          },
        ),
        {
          error: phrase.section,
        },
      )
      .optional()
      .meta({ description: 'Environment of setup and run. Secrets by from_env: they are written nowhere.' }),
    resources: resources.optional(),
    work: work
      .optional()
      .meta({ description: 'The size of the work, for ranking by the cost of finishing.' }),
    checkpoints: z.array(inside, { error: phrase.patterns }).optional().meta({
      description: 'What a restart needs. What matches must be whole: written beside, then renamed.',
    }),
    artifacts: z
      .array(inside, { error: phrase.patterns })
      .optional()
      .meta({ description: 'Results, fetched and verified at the end.' }),
    max_duration: duration
      .optional()
      .meta({ description: 'Of all attempts together; then the job is stopped.' }),
    budget: money.optional().meta({ description: 'Most dollars for everything, failed attempts included.' }),
    retry: z
      .strictObject(
        {
          no_capacity: retryLimit
            .optional()
            .meta({ description: 'No machine to be had. Default {for: 30m}.' }),
          interruption: retryLimit
            .optional()
            .meta({ description: 'Outbid, or the machine died. Default {for: 6h}.' }),
          error: retryLimit.optional().meta({ description: 'The commands failed. Default {times: 0}.' }),
        },
        { error: phrase.section },
      )
      .optional(),
    matrix: z
      .record(
        variable,
        z
          .array(z.string({ error: phrase.matrix }), { error: phrase.matrix })
          .min(1, { error: phrase.matrix }),
        {
          error: phrase.section,
        },
      )
      .optional()
      .meta({ description: 'A job for each combination, which finds its values in the environment.' }),
    start: z
      .strictObject(
        {
          by: z
            .string({ error: phrase.start })
            .refine((value) => TIME_OF_DAY_PATTERN.test(value) || isMoment(value), { error: phrase.start })
            .meta({ description: 'Waits for a cheap hour up to then. 08:00, or a moment.' }),
        },
        { error: phrase.section },
      )
      .optional(),
    stop_on_nan: flag
      .optional()
      .meta({ description: 'Ends the job when its loss is no number. Default false.' }),
    log: inside.optional().meta({ description: 'A file that holds the figures, where the output does not.' }),
  },
  { error: phrase.section },
);

/** A job file as written, after its shape was found right. */
export type JobFileShape = z.infer<typeof jobFileSchema>;

function imagePhrase(name: string): string {
  const parsed = parseImageName(name);
  return parsed.kind === 'fault' ? `${phrase.image} (${parsed.reason})` : phrase.image;
}

function isMoment(value: string): boolean {
  return MOMENT_PATTERN.test(value) && Number.isFinite(Date.parse(value));
}
