// What the commands on jobs are given: the records alone, or all that runs jobs for the account that the key opens.
import { createJobRecords, type JobRecords, type Jobs } from '../../rent/jobs/index.ts';
import type { RentalRecords } from '../../rent/rental/index.ts';
import { type Books, openJobs, type Renting } from '../app/index.ts';
import { openBooksHere } from './books-here.ts';
import { type Context, outcomeLog } from './context.ts';
import { openRentingHere } from './renting-session.ts';

/** Asks nobody, needs no key. */
export interface JobBooks extends AsyncDisposable {
  readonly books: Books;
  readonly records: JobRecords;
  readonly rentals: RentalRecords;
}

export async function openJobBooks(context: Context): Promise<JobBooks> {
  const books = await openBooksHere(context);
  return {
    books,
    records: createJobRecords(books.store),
    rentals: books.records,
    [Symbol.asyncDispose]: () => books[Symbol.asyncDispose](),
  };
}

export interface JobsSession extends AsyncDisposable {
  readonly renting: Renting;
  readonly jobs: Jobs;
  readonly records: JobRecords;
  readonly rentals: RentalRecords;
}

/** Throws the errors of `openRentingHere`. */
export async function openJobsSession(context: Context): Promise<JobsSession> {
  const { clock, config, terminal } = context;
  const log = outcomeLog(context);
  await using opened = new AsyncDisposableStack();
  const renting = opened.use(await openRentingHere({ ...context, log }));
  const { jobs, records } = opened.use(
    openJobs(renting, {
      home: config.home.value,
      env: terminal.env,
      clock,
      random: context.random,
      log,
    }),
  );
  const kept = opened.move();
  return {
    renting,
    jobs,
    records,
    rentals: renting.records,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
