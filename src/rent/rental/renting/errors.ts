// What can keep a rental from coming about. Each says what it leaves behind, so that nothing is left unnamed.

/** Root: the rental and, where there may be one, the instance that it leaves behind. */
export class RentError extends Error {
  override name = 'RentError';
  readonly rentalId: string | undefined;
  readonly instanceId: number | undefined;

  constructor(
    message: string,
    left: { readonly rentalId?: string | undefined; readonly instanceId?: number | undefined } = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.rentalId = left.rentalId;
    this.instanceId = left.instanceId;
  }
}

/** What the account has cannot be told, so nothing is added to it. */
export class AccountUnknownError extends RentError {
  override name = 'AccountUnknownError';
}

/** Every offer that was tried had gone or was refused. The wording's beginning is what scripts look for. */
export class NoCapacityError extends RentError {
  override name = 'NoCapacityError';
}

/** The create was sent and nobody knows what became of it: it is looked for, never repeated. */
export class RentInDoubtError extends RentError {
  override name = 'RentInDoubtError';
}
