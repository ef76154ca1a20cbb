// An event file of TensorBoard as a source of lines: the scalars of each step become one line of JSON, which the same
// parser reads that reads all logs.
import type { RemoteTarget } from '../../../remote/index.ts';
import { createRemoteLog } from '../../../remote/index.ts';
import { lookAtFile } from '../far-file.ts';
import type { FoundSource, LinePiece, ReadLines } from '../line-source.ts';
import { type ScalarEvent, scalarsOf } from './scalars.ts';
import { createRecordReader } from './tf-records.ts';

export interface EventFileOptions {
  readonly target: RemoteTarget;
  readonly path: string;
  readonly run: string;
}

export function eventFile({ target, path, run }: EventFileOptions): FoundSource {
  return {
    kind: 'tensorboard',
    from: path,
    run,
    shape: 'log',
    read: (options) => readEvents(target, path, options),
  };
}

/**
 * Offsets are those of the lines that are made of it, which are the same each time. A record has no neighbours that tell
 * where it begins, so the file is read from its start whatever was read before.
 */
async function* readEvents(
  target: RemoteTarget,
  path: string,
  { from = 0, onAnswer, signal }: ReadLines,
): AsyncGenerator<LinePiece, void> {
  let records = createRecordReader();
  let offset = 0;
  let skipUntil = from;
  const { sizeBytes } = await lookAtFile(target, path, signal);
  if (sizeBytes === 0) onAnswer();
  for await (const chunk of createRemoteLog(target, { path }).read(0, { follow: true, signal })) {
    onAnswer();
    if (chunk.restarted) {
      records = createRecordReader();
      offset = 0;
      skipUntil = 0;
      yield {
        offset,
        bytes: new Uint8Array(),
        writtenAtMs: target.clock.now(),
        isPast: false,
        restarted: chunk.restarted,
      };
    }
    const isPast = chunk.restarted === undefined && chunk.offset + chunk.bytes.length <= sizeBytes;
    for (const { data } of records.push(chunk.bytes)) {
      const event = scalarsOf(data);
      if (!event) continue;
      const bytes = Buffer.from(lineOf(event));
      const at = offset;
      offset += bytes.length;
      if (at < skipUntil) continue;
      yield {
        offset: at,
        bytes,
        writtenAtMs: Math.min(event.atMs ?? Number.POSITIVE_INFINITY, target.clock.now()),
        isPast,
      };
    }
  }
}

/** Tags under which trainers log what has a name of its own here. */
const NAMES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(train(ing)?[/_])?(loss|total_loss)(\/(train|step|total))?$/i, 'loss'],
  [/^(eval|val|valid|validation)[/_](loss|total_loss)$|^loss\/(val|eval|valid|validation)$/i, 'val_loss'],
  [/^((train|optim|optimizer)[/_])?(lr|learning_rate)(\/.*)?$/i, 'learning_rate'],
  [/^(train[/_])?grad(ient)?_norm$/i, 'grad_norm'],
  [/^(train[/_])?epoch$/i, 'epoch'],
];

function lineOf({ step, scalars }: ScalarEvent): string {
  const record: Record<string, unknown> = { step };
  for (const { tag, value } of scalars) {
    const name = NAMES.find(([pattern]) => pattern.test(tag))?.[1] ?? tag;
    // JSON has no NaN and no infinities; the parser reads these words.
    record[name] = Number.isFinite(value) ? value : String(value);
  }
  return `${JSON.stringify(record)}\n`;
}
