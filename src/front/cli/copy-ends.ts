// The two ends of `vastdeck cp` as they are typed: `NAME:path` is on an instance, everything else here.
import { UsageError } from './errors.ts';

export type CopyEnd =
  | { readonly kind: 'here'; readonly path: string }
  | { readonly kind: 'instance'; readonly name: string; readonly path: string };

export type CopyDirection =
  | { readonly kind: 'up'; readonly from: string; readonly name: string; readonly to: string }
  | { readonly kind: 'down'; readonly name: string; readonly from: string; readonly to: string }
  | {
      readonly kind: 'between';
      readonly from: { readonly name: string; readonly path: string };
      readonly to: { readonly name: string; readonly path: string };
    };

/** A path with a colon of its own is written as `./a:b`. An empty path over there is its home. */
export function readCopyEnd(text: string): CopyEnd {
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  const isRemote = colon > 0 && (slash < 0 || colon < slash);
  if (!isRemote) return { kind: 'here', path: text };
  return { kind: 'instance', name: text.slice(0, colon), path: text.slice(colon + 1) || '.' };
}

/** Throws a UsageError where neither end is on an instance. */
export function readCopyDirection(source: string, target: string): CopyDirection {
  const from = readCopyEnd(source);
  const to = readCopyEnd(target);
  if (from.kind === 'instance' && to.kind === 'instance') return { kind: 'between', from, to };
  if (from.kind === 'instance' && to.kind === 'here') {
    return { kind: 'down', name: from.name, from: from.path, to: to.path };
  }
  if (from.kind === 'here' && to.kind === 'instance') {
    return { kind: 'up', from: from.path, name: to.name, to: to.path };
  }
  throw new UsageError(
    `Neither "${source}" nor "${target}" is on an instance; write one of them as NAME:PATH, for example box-1:/workspace/out`,
  );
}
