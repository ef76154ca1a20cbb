// `*`, `?` and `[…]` in words, matched against what is on the disk.
import type { TwinFileSystem } from '../file-system.ts';

interface Segment {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** A regular expression's source; quoted parts stand for themselves. */
export function patternOf(segments: readonly Segment[]): string {
  return segments.map(({ text, isQuoted }) => (isQuoted ? literal(text) : unquoted(text))).join('');
}

function unquoted(text: string): string {
  return text.replace(/\[(!?)([^\]]+)\]|\*|\?|[\s\S]/g, (found, negation: string, set: string) => {
    if (found === '*') return '[^/]*';
    if (found === '?') return '[^/]';
    if (set === undefined) return literal(found);
    return `[${negation ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
  });
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Paths that match, by name; as relative as the pattern. Hidden names only where the pattern says the dot. */
export function matchPaths(pattern: string, cwd: string, files: TwinFileSystem): string[] {
  const isAbsolute = pattern.startsWith('/');
  const parts = splitPattern(pattern).filter((part) => part !== '');
  let found: string[] = [isAbsolute ? '/' : ''];
  for (const part of parts) {
    const matcher = new RegExp(`^${part}$`);
    const next: string[] = [];
    for (const base of found) {
      const folder = base.startsWith('/') ? base : `${cwd}/${base}`;
      if (files.find(folder)?.kind !== 'directory') continue;
      for (const { path } of files.list(folder)) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        if (name.startsWith('.') && !part.startsWith('\\.')) continue;
        if (matcher.test(name))
          next.push(base === '' || base.endsWith('/') ? base + name : `${base}/${name}`);
      }
    }
    found = next;
  }
  return parts.length === 0 ? [] : found;
}

/** At slashes outside of `[^/]`, which is ours. */
function splitPattern(pattern: string): string[] {
  return pattern
    .replaceAll('[^/]', '\0')
    .split('/')
    .map((part) => part.replaceAll('\0', '[^/]'));
}
