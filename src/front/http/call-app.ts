// The routes as a `fetch` of this process: no socket, no port, and errors that arrive as they were thrown.
import type { CallBindings } from './server/http-env.ts';

interface CallableApp {
  readonly fetch: (request: Request, bindings: CallBindings) => Response | Promise<Response>;
}

export interface AppCall {
  readonly fetch: typeof globalThis.fetch;
  /** What was thrown behind an answer of `fetch`; undefined for an answer that a handler gave by itself. */
  readonly errorBehind: (answer: Response) => unknown;
}

export function callApp(app: CallableApp): AppCall {
  const behind = new WeakMap<Response, Error>();
  return {
    fetch: async (input, init) => {
      let thrown: Error | undefined;
      const bindings = {
        onError: (error: Error) => {
          thrown = error;
        },
      };
      const answer = await app.fetch(new Request(input, init), bindings);
      if (thrown) behind.set(answer, thrown);
      return answer;
    },
    errorBehind: (answer) => behind.get(answer),
  };
}
