// What most commands need: the ledger and the records of this home, and nothing of what rents.
import { type Books, openBooks } from '../app/index.ts';
import type { Context } from './context.ts';

/** Asks nobody, needs no key. */
export function openBooksHere({ config, clock, random, log }: Context): Promise<Books> {
  return openBooks({ stateUrl: config.stateUrl.value, clock, random, log });
}
