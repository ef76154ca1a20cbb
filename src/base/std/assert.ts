// Broken assumptions end the run: they are thrown here, never caught and never retried.

export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Throws when a condition that the code relies on does not hold. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new AssertionError(sentence);
}

/** Closes a switch over a union: a new member then fails to compile. */
export function assertNever(value: never, what: string): never {
  throw new AssertionError(`Unexpected ${what}: ${JSON.stringify(value)}`);
}
