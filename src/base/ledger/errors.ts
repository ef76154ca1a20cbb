// What the ledger refuses, as sentences. A denial is an answer and becomes an error only where nobody branches on it.
import { formatIso, type MicroUsd } from '../std/index.ts';
import { exactUsd } from './amounts.ts';

/** A cap, a limit or the halt switch forbids the act. `limit` says which, the message why and what to do. */
export class DeniedError extends Error {
  override name = 'DeniedError';
  readonly limit: string;
  readonly reason: string;

  constructor({ limit, reason }: { readonly limit: string; readonly reason: string }) {
    super(reason);
    this.limit = limit;
    this.reason = reason;
  }
}

/** A row of caps or limits that this version cannot read. Reserving is denied while it is there. */
export class UnreadableLimitError extends Error {
  override name = 'UnreadableLimitError';
  readonly limit: string;

  constructor(limit: string, { what, remedy }: { readonly what: string; readonly remedy: string }) {
    super(`The ${limit} cannot be read (${what}), so nothing may be spent; ${remedy}`);
    this.limit = limit;
  }
}

export class UnknownReservationError extends Error {
  override name = 'UnknownReservationError';
  readonly reservationId: string;

  constructor(reservationId: string) {
    super(`The ledger has no reservation ${reservationId}; list the open ones with: vd budget`);
    this.reservationId = reservationId;
  }
}

/** One key was used for two different acts: whoever made the key has to make a new one. */
export class IntentChangedError extends Error {
  override name = 'IntentChangedError';
  readonly key: string;

  constructor(key: string, { was, is }: { readonly was: string; readonly is: string }) {
    super(
      `The key ${key} stands for ${was} already and is now used for ${is}; a changed act needs a new key, a grown cost a raise of its reservation`,
    );
    this.key = key;
  }
}

/** The reservation has ended, and what is said of it now contradicts how it ended. */
export class ReservationEndedError extends Error {
  override name = 'ReservationEndedError';
  readonly reservationId: string;

  constructor(
    reservationId: string,
    ended: { readonly status: string; readonly spent: MicroUsd; readonly endedAtMs: number },
    attempted: string,
  ) {
    super(
      `Reservation ${reservationId} was ${ended.status} with ${exactUsd(ended.spent)} at ${formatIso(ended.endedAtMs)} and cannot be ${attempted}; reserve anew if more is to be spent`,
    );
    this.reservationId = reservationId;
  }
}

/** An act that has cost money is said not to have happened. */
export class AlreadySpentError extends Error {
  override name = 'AlreadySpentError';
  readonly reservationId: string;
  readonly spent: MicroUsd;

  constructor(reservationId: string, spent: MicroUsd) {
    super(
      `Reservation ${reservationId} has cost ${exactUsd(spent)} already and cannot be released as if nothing had happened; settle it with its cost`,
    );
    this.reservationId = reservationId;
    this.spent = spent;
  }
}
