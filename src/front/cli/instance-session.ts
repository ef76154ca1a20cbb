// What commands on one instance work with.
import type { Renting } from '../app/index.ts';
import { type Context, outcomeLog } from './context.ts';
import { openRentingHere } from './renting-session.ts';

/** Throws the errors of `openRentingHere`. */
export function openInstanceSession(context: Context): Promise<Renting> {
  return openRentingHere({ ...context, log: outcomeLog(context) });
}
