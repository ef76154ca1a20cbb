// What a person sees when a command ends badly: one sentence on stderr and an exit code that scripts can use.

/**
 * 0 ok, 1 failed, 2 usage, 3 denied, 4 not found, 5 API unreachable or unauthorised, 6 no capacity; 130 interrupted
 * before it was done.
 */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  api: 5,
  noCapacity: 6,
  interrupted: 130,
} as const;

/** The command line itself is wrong. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was named does not exist. */
export class NotFoundError extends Error {
  override name = 'NotFoundError';
}

/** Nobody answers at the address. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}
