// What commands on one instance work with. Tries that fail and are made again are no news to a person who waits for the
// outcome; LOG_LEVEL=debug, or any level that was set, shows what it says.
import { createLog } from '../../base/std/index.ts';
import type { Renting } from '../app/index.ts';
import type { Context } from './context.ts';
import { openRentingHere } from './renting-session.ts';

/** Throws the errors of `openRentingHere`. */
export function openInstanceSession(context: Context): Promise<Renting> {
  const { clock, config, writeLog } = context;
  const isAsked = config.logLevel.source !== 'default';
  return openRentingHere(
    isAsked ? context : { ...context, log: createLog({ clock, level: 'error', write: writeLog }) },
  );
}
