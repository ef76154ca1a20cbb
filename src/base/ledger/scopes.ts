// Whose money: the names of scopes, as rows, ids and words.
import { assert } from '../std/index.ts';
import type { CapKey, CapScope, Intent, Scope } from './types.ts';

export interface ScopeRow {
  readonly scope: string;
  /** Empty for `total`. */
  readonly value: string;
}

/** The rows in which an act with these scopes counts: `total` and each named one. */
export function scopeRows(scopes: Intent['scopes']): ScopeRow[] {
  const named = Object.entries(scopes).filter(([, value]) => value !== '');
  for (const [scope] of named) {
    assert(
      scope !== 'total' && scope !== 'day' && /^[a-z][a-zA-Z0-9-]*$/.test(scope),
      `"${scope}" cannot be the name of a scope; it is a word like label or job, and neither total nor day`,
    );
  }
  return [{ scope: 'total', value: '' }, ...named.map(([scope, value]) => ({ scope, value }))];
}

/** One text for one set of scopes, whatever order they were given in. */
export function scopesText(scopes: Intent['scopes']): string {
  const named = Object.entries(scopes).filter(([, value]) => value !== '');
  return JSON.stringify(Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function toRow(scope: Scope): ScopeRow {
  return { scope: scope.scope, value: scope.scope === 'total' ? '' : scope.value };
}

export function toScope(scope: CapScope, value: string): Scope {
  return scope === 'total' ? { scope } : { scope, value };
}

export function appliesTo(scope: Scope, scopes: Intent['scopes']): boolean {
  return scope.scope === 'total' || scopes[scope.scope] === scope.value;
}

/** `total`, `label:nightly`: as one types it. */
export function scopeId(scope: Scope): string {
  return scope.scope === 'total' ? 'total' : `${scope.scope}:${scope.value}`;
}

/** `total/month`, `label:nightly/day`. */
export function capId(cap: CapKey): string {
  return `${scopeId(cap)}/${cap.window}`;
}

/** `all spending`, `label nightly`. */
export function scopeWords(scope: Scope): string {
  return scope.scope === 'total' ? 'all spending' : `${scope.scope} ${scope.value}`;
}

/** A word of a command, quoted where a shell would take it apart. */
export function shellWord(text: string): string {
  return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
