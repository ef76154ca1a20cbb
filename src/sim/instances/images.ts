// What an image weighs and how likely a machine has it already. Well-known images by a table (compressed sizes as
// published by their registries, rounded), the rest by a draw keyed by the image's name.
import { type Dice, DRAW, hashText } from '../dice.ts';

export interface ImageFacts {
  /** Compressed, as pulled. */
  readonly sizeGb: number;
  /** On disk. */
  readonly unpackedGb: number;
  /** Chance that a machine has it from somebody before. */
  readonly cachedShare: number;
}

const WELL_KNOWN: readonly (readonly [pattern: RegExp, sizeGb: number, cachedShare: number])[] = [
  [/^pytorch\/pytorch:.*-devel/, 8.1, 0.25],
  [/^pytorch\/pytorch\b/, 3.6, 0.45],
  [/^vastai\/(base-image|linux-desktop)\b/, 3.4, 0.5],
  [/^vastai\/(pytorch|comfy|kobold|ollama|openwebui)\b/, 6.2, 0.45],
  [/^vastai\//, 4.5, 0.3],
  [/^nvidia\/cuda:.*-cudnn.*-devel/, 4.9, 0.25],
  [/^nvidia\/cuda:.*-devel/, 3.3, 0.25],
  [/^nvidia\/cuda:.*-base/, 0.1, 0.4],
  [/^nvidia\/cuda\b/, 1.5, 0.25],
  [/^nvcr\.io\//, 9.5, 0.05],
  [/^tensorflow\/tensorflow\b/, 3.5, 0.15],
  [/^vllm\/vllm-openai\b/, 9.2, 0.2],
  [/^ollama\/ollama\b/, 1.6, 0.25],
  [/^ghcr\.io\/huggingface\/text-generation-inference\b/, 5.2, 0.1],
  [/^huggingface\/transformers-pytorch-gpu\b/, 7.8, 0.05],
  [/^(docker\.io\/)?(library\/)?(ubuntu|debian)\b/, 0.03, 0.4],
  [/^(docker\.io\/)?(library\/)?(alpine|busybox)\b/, 0.004, 0.3],
  [/^(docker\.io\/)?(library\/)?python:.*-slim/, 0.05, 0.15],
  [/^(docker\.io\/)?(library\/)?python\b/, 0.38, 0.1],
];

const UNPACKED_RATIO = 2.1;
const MEDIAN_GB = 3;
const SIGMA = 0.8;
const LARGEST_GB = 40;
/** Somebody's own image is hardly ever there. */
const UNKNOWN_CACHED_SHARE = 0.02;

export function imageFacts(dice: Dice, image: string): ImageFacts {
  const known = WELL_KNOWN.find(([pattern]) => pattern.test(image));
  const drawn = MEDIAN_GB * Math.exp(SIGMA * dice.normal(DRAW.instance, hashText(image, 0x811c9dc5), 1));
  const sizeGb = known ? known[1] : Math.min(LARGEST_GB, drawn);
  return {
    sizeGb,
    unpackedGb: sizeGb * UNPACKED_RATIO,
    cachedShare: known ? known[2] : UNKNOWN_CACHED_SHARE,
  };
}

/** `registry/repo:tag` apart; the tag is `latest` when left out. */
export function splitImage(image: string): { readonly repository: string; readonly tag: string } {
  const colon = image.lastIndexOf(':');
  // A colon before the last slash belongs to a registry's port.
  if (colon <= image.lastIndexOf('/')) return { repository: image, tag: 'latest' };
  return { repository: image.slice(0, colon), tag: image.slice(colon + 1) };
}

/** Docker's own notation of where an image is pulled from. */
export function pullAddress(repository: string): string {
  return repository.includes('/') ? repository : `library/${repository}`;
}

/** Which machines have pulled which images. */
export interface ImageCache {
  has(machineIndex: number, image: string): boolean;
  add(machineIndex: number, image: string): void;
}

export function createImageCache(dice: Dice): ImageCache {
  const pulled = new Set<string>();
  return {
    has(machineIndex, image) {
      if (pulled.has(`${machineIndex} ${image}`)) return true;
      const { cachedShare } = imageFacts(dice, image);
      return dice.unit(DRAW.instance, machineIndex, hashText(image, 0x811c9dc5), 2) < cachedShare;
    },
    add: (machineIndex, image) => void pulled.add(`${machineIndex} ${image}`),
  };
}
