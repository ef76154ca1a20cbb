// The routes as a `fetch` of this process: no socket, no port, and errors that arrive as they were thrown.
import type { HttpApp } from './server/http-env.ts';

export interface AppCall {
  readonly fetch: typeof globalThis.fetch;
  /** What was thrown behind an answer of `fetch`; undefined for an answer that a handler gave by itself. */
  readonly errorBehind: (answer: Response) => unknown;
}

export function callApp(app: HttpApp): AppCall {
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
