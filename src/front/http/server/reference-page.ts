// The reference of the routes: an OpenAPI document, and the same as a page that needs nothing from anywhere, not even a script.
import type { HttpDeps } from '../deps.ts';
import { policyWithStyle } from './answer-headers.ts';
import type { HttpApp } from './http-env.ts';

const CSS = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code,pre{font:13px/1.5 ui-monospace,monospace;background:#f3f3f3;border-radius:4px}code{padding:.1em .3em}
pre{padding:.7rem;overflow:auto}summary{cursor:pointer;padding:.4rem 0}summary b{display:inline-block;min-width:3.5rem}
details{border-bottom:1px solid #ddd}details>div{padding:0 0 1rem 1.2rem}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code,pre{background:#262626}details{border-color:#333}}`;

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
      }
    >
  >;
}

export function addReferencePage(app: HttpApp, { version }: HttpDeps): void {
  const readDocument = () =>
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'vastdeck',
        version,
        description:
          'What the daemon of vastdeck knows and does. Times are epoch milliseconds (UTC), money is dollars. Every route but "/", "/health" and "/openapi.json" needs "Authorization: Bearer TOKEN".',
      },
      security: [{ token: [] }],
    });
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  let page: string | undefined;
  app.get('/openapi.json', (c) => c.json(readDocument()));
  app.get('/', (c) => {
    page ??= renderPage(
      readDocument().paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>,
      version,
    );
    c.header('content-security-policy', policyWithStyle(CSS));
    return c.html(page);
  });
}

function renderPage(
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>,
  version: string,
): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      renderOperation(method.toUpperCase(), path, operation),
    ),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>vastdeck ${escapeHtml(version)}: routes</title><style>${CSS}</style></head><body>
<h1>vastdeck ${escapeHtml(version)}</h1>
<p>What this daemon answers to. Times are epoch milliseconds (UTC), money is dollars. Every route but <code>/</code>,
<code>/health</code> and <code>/openapi.json</code> needs a token:</p>
<pre>curl -H "Authorization: Bearer $(cat ~/.local/share/vastdeck/daemon.token)" ADDRESS/v1/status</pre>
<p>The token in <code>daemon-read.token</code> may read and nothing else. <a href="/openapi.json">openapi.json</a> has all of
this for programs.</p>
${operations.join('\n')}
</body></html>
`;
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required }) =>
      `<li><code>${escapeHtml(name)}</code> in the ${escapeHtml(place)}${required ? ', needed' : ''}</li>`,
  );
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, answer]) =>
      `<li><code>${escapeHtml(status)}</code> ${escapeHtml(answer.description ?? '')}</li>`,
  );
  const body = schemaOf(operation.requestBody?.content);
  const answer = schemaOf(operation.responses?.['200']?.content);
  return `<details><summary><b>${method}</b> <code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</summary><div>
${parameters.length > 0 ? `<ul>${parameters.join('')}</ul>` : ''}${body ? `<p>Body</p><pre>${body}</pre>` : ''}<ul>${answers.join('')}</ul>${answer ? `<p>Answer</p><pre>${answer}</pre>` : ''}
</div></details>`;
}

function schemaOf(content: Readonly<Record<string, { readonly schema?: unknown }>> | undefined): string {
  const schema = content?.['application/json']?.schema;
  return schema === undefined ? '' : escapeHtml(JSON.stringify(schema, null, 1));
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
