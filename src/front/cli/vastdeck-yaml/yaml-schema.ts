// The shape of vastdeck.yaml: every section is judged by whoever uses it, and joined here.
import { z } from 'zod';
import { Secret } from '../../../base/std/index.ts';
import { notifyOptionsSchema, urlFault } from '../../../net/notify/index.ts';
import { trainingOptionsSchema, trainingThresholdsSchema } from '../../../rent/training/index.ts';

const LONGEST_TEXT = 500;
const MOST_RULES = 200;

const text = z.string().min(1).max(LONGEST_TEXT);

const patterns = z
  .union([text, z.array(text).min(1).max(50)], 'must be a pattern of names like lr-*, or a list of them')
  .transform((one): readonly string[] => (typeof one === 'string' ? [one] : one))
  .meta({ description: 'Names, labels or instance ids: * is any characters, ? is one. Or a list of them.' });

const ofGroup = patterns.meta({ description: 'Names of groups, with * and ?. Or a list of them.' });

const isOfSomething = (rule: { readonly match?: unknown; readonly group?: unknown }) =>
  rule.match !== undefined || rule.group !== undefined;
const OF_NOTHING = 'must have match or group, or both';

const logRule = z
  .strictObject({
    match: patterns.optional(),
    group: ofGroup.optional(),
    file: text.optional().meta({ description: 'A path on the instance; relative to its workspace.' }),
    glob: text
      .optional()
      .meta({ description: 'A pattern of paths on the instance; the newest that matches is read.' }),
  })
  .refine(isOfSomething, OF_NOTHING)
  .refine(
    ({ file, glob }) => (file === undefined) !== (glob === undefined),
    'must have either a file or a glob',
  );

const groupRule = z.strictObject({
  match: patterns,
  group: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,62}$/u, 'must be a name of up to 63 letters and digits'),
});

const thresholdRule = trainingThresholdsSchema
  .extend({ match: patterns.optional(), group: ofGroup.optional() })
  .refine(isOfSomething, OF_NOTHING);

const daemon = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .meta({ description: 'Where the daemon listens; 0 for any free port.' }),
  listen: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be an address or name of this machine, like 127.0.0.1')
    .optional()
    .meta({ description: 'Default 127.0.0.1; another only with a token.' }),
});

const heartbeatUrl = z
  .string()
  .trim()
  .superRefine((value, context) => {
    const fault = urlFault(value);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  })
  .transform((value) => new Secret(value))
  .meta({
    description: 'Asked regularly while the daemon is well: a watchdog elsewhere tells when it is not.',
  });

export const vastdeckYamlSchema = z.strictObject({
  notify: notifyOptionsSchema.prefault({}).meta({ description: 'Who is told, and how.' }),
  training: trainingOptionsSchema
    .prefault({})
    .meta({ description: 'Metrics, templates of lines, and from where on a run is not well.' }),
  logs: z
    .array(logRule)
    .max(MOST_RULES)
    .default([])
    .meta({ description: 'Which file holds the log of which run; the first that matches counts.' }),
  groups: z
    .array(groupRule)
    .max(MOST_RULES)
    .default([])
    .meta({ description: 'Which group a run is shown in; the first that matches counts.' }),
  thresholds: z
    .array(thresholdRule)
    .max(MOST_RULES)
    .default([])
    .meta({ description: 'Other limits for some runs, over those of training; later ones over earlier.' }),
  heartbeat_url: heartbeatUrl.optional(),
  daemon: daemon.prefault({}).meta({ description: 'Where "vastdeck up" listens.' }),
});

export type VastdeckYamlShape = z.output<typeof vastdeckYamlSchema>;
