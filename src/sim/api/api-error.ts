// A refusal on its way out of a handler: the service's status, slug and message.

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The service's word for it: `no_such_instance`, `invalid_args`. */
  readonly slug: string;
  /** Further fields of the body. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, slug: string, msg: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(msg);
    this.status = status;
    this.slug = slug;
    this.extra = extra;
  }
}
