// Acts for a screen that may never act.
import type { TopActs } from './top-acts.ts';

/** What acts need is opened by the first of them. */
export function openTopActsLater(open: () => Promise<TopActs>): TopActs {
  let opened: Promise<TopActs> | undefined;
  const acts = async () => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      // The service may answer the next time.
      opened = undefined;
      throw error;
    }
  };
  return {
    plan: async (act, runs, signal) => await (await acts()).plan(act, runs, signal),
    act: async (act, run, options) => await (await acts()).act(act, run, options),
    [Symbol.asyncDispose]: async () => await (await opened)?.[Symbol.asyncDispose](),
  };
}
