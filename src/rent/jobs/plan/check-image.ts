// Whether the image can be pulled as written, and whether the disk holds it.
import { type Job, knownImageSize, parseImageName } from '../file/index.ts';
import type { Check } from './check.ts';

export function checkImageName(image: string): Check {
  const parsed = parseImageName(image);
  if (parsed.kind === 'fault') {
    return {
      name: 'image',
      verdict: 'fault',
      sentence: `"${image}" is no name of an image: ${parsed.reason}`,
    };
  }
  const { registry, repository, tag, digest } = parsed.image;
  const what = digest ?? tag ?? 'latest';
  if (digest === undefined && (tag === undefined || tag === 'latest')) {
    const sentence = `image is ${repository} of ${registry}, whatever "latest" is on that day; a version or digest stays the same`;
    return { name: 'image', verdict: 'ok', sentence };
  }
  return { name: 'image', verdict: 'ok', sentence: `image is ${repository} of ${registry}, ${what}` };
}

/** Packages, logs and the system's own files, beside what is counted. */
const SPARE_GB = 5;

/** `dataGb`: what the job puts there itself, as far as anybody knows. */
export function checkImageSize({
  image,
  diskGb,
  dataGb = 0,
}: {
  readonly image: string | undefined;
  readonly diskGb: Job['resources']['diskGb'];
  readonly dataGb?: number;
}): Check {
  const size = image === undefined ? undefined : knownImageSize(image);
  if (!size) {
    const what = image === undefined ? 'the template' : image;
    const sentence = `how large ${what} is, is not known here: the disk of ${diskGb} GB must hold it unpacked`;
    return { name: 'disk', verdict: 'unknown', sentence };
  }
  const neededGb = size.unpackedGb + dataGb;
  const parts = `${image} takes about ${size.unpackedGb} GB${dataGb > 0 ? `, the data ${dataGb} GB` : ''}`;
  if (neededGb > diskGb) {
    const sentence = `a disk of ${diskGb} GB is too small: ${parts}; write disk: ${Math.ceil(neededGb + SPARE_GB)}GB`;
    return { name: 'disk', verdict: 'fault', sentence };
  }
  if (neededGb + SPARE_GB > diskGb) {
    const sentence = `a disk of ${diskGb} GB leaves ${(diskGb - neededGb).toFixed(1)} GB: ${parts}; write disk: ${Math.ceil(neededGb + SPARE_GB)}GB`;
    return { name: 'disk', verdict: 'warning', sentence };
  }
  return { name: 'disk', verdict: 'ok', sentence: `a disk of ${diskGb} GB is enough: ${parts}` };
}
