// What goes wrong at the connector itself; everything else keeps its own error.

/** No job of the account has this id. */
export class NoSuchJobError extends Error {
  override name = 'NoSuchJobError';
  readonly jobId: string;

  constructor(jobId: string, account: string) {
    super(
      `There is no job ${jobId} of account ${account} here; submitJob gives the id, and it is known in its home only`,
    );
    this.jobId = jobId;
  }
}

/** The account's instances could not be listed as a whole: what is missing may be running and cost money. */
export class ListingIncompleteError extends Error {
  override name = 'ListingIncompleteError';

  constructor(reason: string) {
    super(`The instances of the account are not known for now: ${reason}; ask again`);
  }
}

/** The job has no machine at the moment. */
export class NoMachineError extends Error {
  override name = 'NoMachineError';

  constructor(jobId: string, why: string) {
    super(`${jobId} has no machine that can be entered: ${why}`);
  }
}
