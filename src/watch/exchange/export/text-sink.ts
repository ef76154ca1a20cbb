// Where text formats go: a file that is made whole first, or a stream that somebody reads meanwhile.
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface TextSink {
  write(text: string | Buffer): Promise<void>;
  /** Appends the bytes of a file. */
  append(path: string): Promise<void>;
}

/** A sink that waits for its reader; a stream that breaks rejects the write. */
export function streamSink(stream: Writable): TextSink {
  const write = async (text: string | Buffer) => {
    if (stream.errored) throw stream.errored;
    if (!stream.write(text)) await once(stream, 'drain');
  };
  return {
    write,
    append: async (path) => {
      for await (const bytes of createReadStream(path)) await write(bytes as Buffer);
    },
  };
}

/** Writes a file through a sink and resolves when its bytes are handed to the system; `.gz` names are packed. */
export async function writeThroughSink(
  { path, gzip }: { readonly path: string; readonly gzip: boolean },
  write: (sink: TextSink) => Promise<void>,
): Promise<void> {
  const file = createWriteStream(path);
  const first: Writable = gzip ? createGzip() : file;
  const written = finished(file);
  // Awaited below; a failure before that must not end the process.
  written.catch(() => {});
  if (first !== file) first.pipe(file);
  // A broken file must also wake the one who waits for the packer.
  file.on('error', (error) => {
    if (first !== file) first.destroy(error);
  });
  try {
    await write(streamSink(first));
    first.end();
    await written;
  } catch (error) {
    first.destroy();
    file.destroy();
    throw error;
  }
}
