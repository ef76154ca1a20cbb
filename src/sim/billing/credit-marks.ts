// Levels that an account's credit may sink to, and what happens then: a card that is charged, a warning, the end of
// the money. The moment is computed to the millisecond and planned anew whenever the credit or its rate changes.
import type { Agenda, Planned } from '../agenda.ts';
import type { AccountBook } from './account-book.ts';
import { type Amount, minus, NOTHING } from './exact-amount.ts';

export interface CreditMark {
  /** The level; undefined while the mark does not count. Asked anew at each change. */
  readonly level: () => Amount | undefined;
  /** Once each time the credit comes down to the level; again only after it was above. */
  readonly reached: (atMs: number) => void;
}

/** Returns what to call after each change of the book, with the time of the change. */
export function watchCredit(
  book: AccountBook,
  marks: readonly CreditMark[],
  agenda: Agenda,
): (nowMs: number) => void {
  const isBelow = marks.map(() => false);
  const planned: (Planned | undefined)[] = marks.map(() => undefined);
  const review = (nowMs: number) => {
    marks.forEach((mark, index) => {
      planned[index]?.cancel();
      planned[index] = undefined;
      const level = mark.level();
      const isAbove = level === undefined || minus(book.creditAt(nowMs), level) > NOTHING;
      if (isAbove) isBelow[index] = false;
      if (level === undefined || isBelow[index]) return;
      const atMs = book.reaches(level, nowMs);
      if (atMs === undefined) return;
      planned[index] = agenda.plan(atMs, () => {
        isBelow[index] = true;
        mark.reached(atMs);
        review(atMs);
      });
    });
  };
  return review;
}
