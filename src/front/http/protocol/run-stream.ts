// What a stream of the monitor says: what has changed of its view, new lines, events. Together with what was said before,
// it makes the view whole.
import { z } from 'zod';
import { lineSchema, runSchema, viewHeadSchema } from './runs.ts';

const RUN_EVENTS = [
  'status',
  'epoch',
  'done',
  'failed',
  'diverged',
  'hung',
  'finished-but-billing',
  'healthy',
  'source',
] as const;

const runEventSchema = z.object({
  key: z.string(),
  name: z.string(),
  atMs: z.number(),
  kind: z.enum(RUN_EVENTS),
  sentence: z.string(),
});

export const viewDeltaSchema = z.object({
  head: viewHeadSchema,
  /** Every run in its place, by key; left out where they are as before. */
  order: z.array(z.string()).readonly().optional(),
  /** Runs that are new, or have other fields than before: all of them. */
  whole: z.array(runSchema).readonly(),
  /** Of runs that changed, the fields that did. */
  changed: z.array(runSchema.partial().required({ key: true })).readonly(),
});
export type ViewDeltaRow = z.infer<typeof viewDeltaSchema>;

export const runMessageSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('begin'),
    /** By which this reader says what it looks at; gone with the stream. */
    viewer: z.string(),
    /** Another one counts lines anew. */
    source: z.string(),
  }),
  z.object({ kind: z.literal('view'), delta: viewDeltaSchema }),
  z.object({ kind: z.literal('lines'), key: z.string(), lines: z.array(lineSchema).readonly() }),
  z.object({ kind: z.literal('event'), event: runEventSchema }),
  /** Lines and events that this reader was too late for are not in the stream any more. */
  z.object({ kind: z.literal('missed') }),
  /** Nothing has happened; both ends see that the other lives. */
  z.object({ kind: z.literal('here') }),
]);
export type RunMessage = z.infer<typeof runMessageSchema>;

export const viewerParam = z.object({ viewer: z.string().min(1).max(64) });
export const lookSchema = z.object({ keys: z.array(z.string().max(200)).max(1_000).readonly() });
export const refreshedSchema = z.object({
  /** The view that has everything anew is of this moment, or later. */
  atMs: z.number(),
});
export const sourceSchema = z.object({
  /** In words. */
  source: z.string(),
});
