// One spelling for each GPU model: `rtx-4090`, `RTX_4090`, `RTX4090` and `RTX 4090` are the same card.
import { nearest } from '../../../base/std/index.ts';
import { KNOWN_GPU_NAMES } from './known-names.ts';

/**
 * The name as Vast.ai writes it, or undefined for a model that is neither in the list that ships with the
 * program nor in `learned` (names that the API gave). Case, spaces, hyphens and underscores do not matter,
 * nor do a leading `NVIDIA` or `GeForce`; `Super` may stand for `S`.
 */
export function canonicalGpuName(text: string, learned: readonly string[] = []): string | undefined {
  const names = learned.length === 0 ? knownByFold() : new Map([...foldAll(learned), ...knownByFold()]);
  for (const spelling of spellings(foldGpuName(text))) {
    const name = names.get(spelling);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Names that somebody who typed `text` may have meant, best first. */
export function suggestGpuNames(
  text: string,
  { limit = 3, learned = [] }: { readonly limit?: number; readonly learned?: readonly string[] } = {},
): string[] {
  const wanted = foldGpuName(text);
  const all = [...new Set([...KNOWN_GPU_NAMES, ...learned])];
  // "4090" or "H100" is part of the right name, though far from it in letters.
  const containing = all.filter((name) => wanted.length >= 2 && foldGpuName(name).includes(wanted));
  containing.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const near = nearest(text, all, { limit, fold: foldGpuName });
  return [...new Set([...containing.slice(0, limit), ...near])].slice(0, limit);
}

/** What makes two spellings the same: only letters and digits, in lower case. */
function foldGpuName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
}

let byFold: ReadonlyMap<string, string> | undefined;

function knownByFold(): ReadonlyMap<string, string> {
  byFold ??= new Map(foldAll(KNOWN_GPU_NAMES));
  return byFold;
}

function foldAll(names: readonly string[]): (readonly [string, string])[] {
  return names.map((name) => [foldGpuName(name), name] as const);
}

function spellings(folded: string): string[] {
  const bare = folded.replace(/^nvidia/, '').replace(/^geforce(?=[a-z])/, '');
  const short = bare.replace(/tisuper$/, 'sti').replace(/super$/, 's');
  return [folded, bare, short];
}
