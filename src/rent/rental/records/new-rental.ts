// A rental at its beginning: who it is, what it is for, and everything else empty.
import type { Rental } from './rental.ts';

/** What somebody has to say of a new rental; what is left out has not happened yet. */
export type NewRental = Pick<
  Rental,
  'id' | 'install' | 'account' | 'kind' | 'need' | 'name' | 'status' | 'reason' | 'launch' | 'prepaidUntilMs'
> &
  Partial<Rental>;

export function newRental(nowMs: number, facts: NewRental): Rental {
  const atMs = Math.trunc(nowMs);
  return {
    sinceMs: atMs,
    version: 1,
    attempt: 0,
    terms: undefined,
    instanceId: undefined,
    machineId: undefined,
    hostId: undefined,
    reservationId: undefined,
    createdAtMs: atMs,
    bootingAtMs: undefined,
    readyAtMs: undefined,
    ranMs: 0,
    runningSinceMs: undefined,
    graceUntilMs: undefined,
    destroyAfterMs: undefined,
    destroyAskedAtMs: undefined,
    destroyAttempts: 0,
    goneAtMs: undefined,
    receipt: undefined,
    ...facts,
  };
}
