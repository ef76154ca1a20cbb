// How large the usual images are. Sizes of what is not in the table are unknown here, and said to be.
import { parseImageName } from './image-name.ts';

export interface ImageSize {
  readonly compressedGb: number;
  readonly unpackedGb: number;
}

/**
 * Compressed as the registry lists them for linux/amd64, unpacked as `docker images` shows them, both rounded up to
 * half a GB. Tags of a repository differ, and grow with the years: take each figure as good to about a third. First
 * match counts; `tag` is tested against the tag, `latest` where none is given.
 */
const KNOWN_SIZES: readonly (ImageSize & { readonly repository: RegExp; readonly tag: RegExp })[] = [
  { repository: /^pytorch\/pytorch$/, tag: /-devel$/, compressedGb: 9, unpackedGb: 19 },
  { repository: /^pytorch\/pytorch$/, tag: /./, compressedGb: 3.5, unpackedGb: 8 },
  { repository: /^nvidia\/cuda$/, tag: /cudnn.*-devel/, compressedGb: 5, unpackedGb: 10.5 },
  { repository: /^nvidia\/cuda$/, tag: /-devel/, compressedGb: 4, unpackedGb: 8 },
  { repository: /^nvidia\/cuda$/, tag: /cudnn.*-runtime/, compressedGb: 2, unpackedGb: 4 },
  { repository: /^nvidia\/cuda$/, tag: /-runtime/, compressedGb: 1.5, unpackedGb: 3 },
  { repository: /^nvidia\/cuda$/, tag: /-base/, compressedGb: 0.5, unpackedGb: 0.5 },
  { repository: /^nvidia\/pytorch$/, tag: /./, compressedGb: 10, unpackedGb: 22 },
  { repository: /^vastai\/(pytorch|base-image)$/, tag: /./, compressedGb: 6, unpackedGb: 14 },
  { repository: /^huggingface\/transformers-pytorch-gpu$/, tag: /./, compressedGb: 10, unpackedGb: 22 },
  { repository: /^unsloth\/unsloth$/, tag: /./, compressedGb: 10, unpackedGb: 22 },
  { repository: /^axolotlai\/axolotl$/, tag: /./, compressedGb: 9, unpackedGb: 20 },
  { repository: /^vllm\/vllm-openai$/, tag: /./, compressedGb: 10, unpackedGb: 22 },
  { repository: /^ollama\/ollama$/, tag: /./, compressedGb: 1.5, unpackedGb: 3.5 },
  { repository: /^library\/(ubuntu|debian)$/, tag: /./, compressedGb: 0.5, unpackedGb: 0.5 },
  { repository: /^library\/python$/, tag: /-(slim|alpine)/, compressedGb: 0.5, unpackedGb: 0.5 },
  { repository: /^library\/python$/, tag: /./, compressedGb: 0.5, unpackedGb: 1.5 },
];

const HUBS = ['docker.io', 'nvcr.io'];

/** Undefined where the table does not know it, or `name` is none. */
export function knownImageSize(name: string): ImageSize | undefined {
  const parsed = parseImageName(name);
  if (parsed.kind === 'fault' || !HUBS.includes(parsed.image.registry)) return undefined;
  const { repository, tag = 'latest' } = parsed.image;
  const known = KNOWN_SIZES.find((row) => row.repository.test(repository) && row.tag.test(tag));
  return known && { compressedGb: known.compressedGb, unpackedGb: known.unpackedGb };
}
