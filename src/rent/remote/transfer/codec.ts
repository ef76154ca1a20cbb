// Compression on the way: whether it pays, and the two ends of it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { FarTools } from './far-tools.ts';

export const CODECS = ['zstd', 'gzip'] as const;
export type Codec = (typeof CODECS)[number];

/** What the target runs; bytes go through standard input and output. */
export const FAR_COMMANDS = {
  zstd: { compress: 'zstd -1 -q -c', expand: 'zstd -d -q -c' },
  gzip: { compress: 'gzip -1 -c', expand: 'gzip -d -c' },
} as const satisfies Record<Codec, { compress: string; expand: string }>;

/** The better one that both ends have; ours has both. */
export function commonCodec(tools: FarTools): Codec | undefined {
  return CODECS.find((codec) => tools.has(codec));
}

/** A sample has to lose a tenth: below that the time goes into computing. */
const WORTH_RATIO = 0.9;

/** Less than this says nothing, and is sent in no time. */
const SAMPLE_BYTES_MIN = 16 * 1024;
export const SAMPLE_BYTES = 1024 * 1024;

const shrink = {
  zstd: promisify(zlib.zstdCompress),
  gzip: promisify(zlib.gzip),
} as const;

export async function isWorthIt(codec: Codec, sample: Uint8Array): Promise<boolean> {
  if (sample.length < SAMPLE_BYTES_MIN) return false;
  const small =
    codec === 'zstd'
      ? await shrink.zstd(sample, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } })
      : await shrink.gzip(sample, { level: 1 });
  return small.length <= WORTH_RATIO * sample.length;
}

export function compressing(codec: Codec, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const transform =
    codec === 'zstd'
      ? zlib.createZstdCompress({ params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } })
      : zlib.createGzip({ level: 1 });
  return through(transform, pieces);
}

export function expanding(codec: Codec, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(codec === 'zstd' ? zlib.createZstdDecompress() : zlib.createGunzip(), pieces);
}

/** Breaks of either side end the loop with their error. */
async function* through(
  transform: NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const source = Readable.from(pieces, { objectMode: false });
  const done = pipeline(source, transform);
  // The loop below sees it too: a broken pipeline destroys the transform.
  done.catch(() => {});
  try {
    yield* transform;
    await done;
  } finally {
    source.destroy();
  }
}
