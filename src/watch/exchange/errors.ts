// What can go wrong between a market store and a file of somebody else; every message says what to do next.

/** The file that was to be imported cannot be read, or is not what it was taken for. */
export class ImportSourceError extends Error {
  override name = 'ImportSourceError';
  readonly source: string;

  constructor(source: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.source = source;
  }
}

/** The store does not hold what the source holds: it must not be relied on for the named poll. */
export class ImportProofError extends Error {
  override name = 'ImportProofError';
  /** The poll's time in ISO 8601. */
  readonly poll: string;

  constructor(poll: string, message: string) {
    super(message);
    this.poll = poll;
  }
}

/** The file that was to be written exists, or its place cannot take it; nothing half is left behind. */
export class ExportTargetError extends Error {
  override name = 'ExportTargetError';
  readonly out: string;

  constructor(out: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.out = out;
  }
}
