// Files behind a result's address: logs and the output of commands. They are there a moment after they were asked for,
// and anybody who has the address may read them.
import { ApiError } from '../api/api-error.ts';
import type { OpenCall, Route } from '../api/route.ts';
import { DRAW } from '../dice.ts';
import type { Service } from '../service.ts';

export interface Results {
  /** Keeps the text for whoever asks for the address that is returned, from about a second on. */
  keep(request: Request, of: number, text: string | Promise<string>, atMs: number): string;
  readonly routes: readonly Route[];
}

interface Result {
  readonly fromMs: number;
  readonly text: string | Promise<string>;
}

const SOONEST_MS = 700;
const LATEST_MS = 1_600;
/** Old ones are forgotten, as the service's store forgets them. */
const MOST_RESULTS = 1_000;

export function createResults({ dice }: Service): Results {
  const results = new Map<string, Result>();
  let asked = 0;

  const read = async ({ params, nowMs }: OpenCall): Promise<Response> => {
    const result = results.get(params.name ?? '');
    if (!result || nowMs < result.fromMs) {
      throw new ApiError(404, 'not_found', `There is no result ${params.name ?? ''} (yet).`);
    }
    return new Response(await result.text, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
  };

  return {
    keep(request, of, text, atMs) {
      asked += 1;
      const unit = (what: number) => dice.unit(DRAW.instance, of, asked, what);
      const hash = [7, 8]
        .map((what) =>
          Math.floor(unit(what) * 2 ** 32)
            .toString(16)
            .padStart(8, '0'),
        )
        .join('');
      const name = `${of}-${hash}.log`;
      // Whoever reads it gets the failure; nobody may ever read it.
      if (typeof text !== 'string') text.catch(() => undefined);
      results.set(name, { fromMs: Math.round(atMs + SOONEST_MS + (LATEST_MS - SOONEST_MS) * unit(9)), text });
      const [oldest] = results.keys();
      if (results.size > MOST_RESULTS && oldest !== undefined) results.delete(oldest);
      return `${new URL(request.url).origin}/result/${name}`;
    },
    routes: [
      {
        scope: 'open',
        method: 'GET',
        path: '/result/:name',
        summary: 'A log or the output of a command, as text; 404 until it is there, about a second.',
        handle: read,
      },
    ],
  };
}
