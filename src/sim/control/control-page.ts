// The control port's routes as a page for people, made from the OpenAPI document. It loads nothing from anywhere.
import { FAULTS, faultSummary } from '../faults/fault-plan.ts';

interface Described {
  readonly summary?: string;
}

interface Document {
  readonly paths?: Readonly<Record<string, unknown>>;
}

const STYLE =
  'body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.2rem .8rem .2rem 0;vertical-align:top}code{white-space:nowrap}';

export function controlPage(document: Document): string {
  const routes = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, Described>>).map(
      ([method, { summary = '' }]) => [`${method.toUpperCase()} ${path}`, summary] as const,
    ),
  );
  const faults = FAULTS.map((name) => [name, faultSummary(name)] as const);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulator control</title><style>${STYLE}</style></head><body>`,
    '<h1>Control of the simulated marketplace</h1>',
    '<p>Every call needs <code>Authorization: Bearer TOKEN</code>, with the token that was printed at the start. ',
    'The same for programs: <a href="/control/openapi.json">openapi.json</a>.</p>',
    `<h2>Routes</h2>${table(routes)}<h2>Faults</h2>${table(faults)}</body></html>`,
  ].join('');
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(
    ([name, text]) => `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<table>${lines.join('')}</table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
