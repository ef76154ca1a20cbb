// The shape of a job file. It only judges; reading the units is done elsewhere, so that the JSON Schema for editors
// describes exactly what people write.
import { z } from 'zod';
import { parseImageName } from './image-name.ts';
import {
  count,
  duration,
  flag,
  hasPassword,
  inside,
  MOST_GPUS,
  money,
  phrase,
  price,
  size,
  startBy,
  text,
  variable,
} from './job-fields.ts';

export const NAME_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

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
          .array(z.union([z.string(), z.number(), z.boolean()], { error: phrase.matrix }), {
            error: phrase.matrix,
          })
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
          by: startBy.meta({ description: 'Waits for a cheap hour up to then. 08:00, or a moment.' }),
        },
        { error: phrase.section },
      )
      .optional(),
    stop_on_nan: flag
      .optional()
      .meta({ description: 'Ends the job when its loss is no number. Default false.' }),
    compress: flag.optional().meta({
      description: 'Transfers are compressed where a sample shrinks by a tenth. Default true.',
    }),
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
