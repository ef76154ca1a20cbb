// Goal: the reference of the routes is whole, holds for programs and people, and its page needs nothing from anywhere.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anHttpWorld, type HttpWorld } from './http-world.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await anHttpWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

it('the document names every route that the program has, with an answer each', async () => {
  const document = (await (await world.ask('/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { summary: string; responses: Record<string, unknown> }>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const written = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const served = world.app.routes
    .filter(({ method, path }) => method !== 'ALL' && !['/', '/openapi.json'].includes(path))
    .map(({ method, path }) => `${method} ${path}`);
  expect(new Set(written)).toEqual(new Set(served));
  for (const methods of Object.values(document.paths)) {
    for (const { summary, responses } of Object.values(methods)) {
      expect(summary).not.toBe('');
      expect(Object.keys(responses)).toContain('200');
    }
  }
});

it('the page shows all of them, has no script and no link to elsewhere, and its style is the one that is allowed', async () => {
  const answer = await fetch(`${world.address}/`);
  const html = await answer.text();
  for (const path of ['/v1/status', '/v1/jobs/{id}/cancel', '/metrics']) expect(html).toContain(path);
  expect(html).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|javascript:|https?:\/\//i);
  const style = /<style>([^<]*)<\/style>/.exec(html)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(answer.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
});
