// What the answers of many routes have in common: an envelope of which one field counts.
import type { AnswerFacts } from './api-call.ts';
import { isObject } from './decode-fields.ts';
import { MalformedAnswerError } from './errors.ts';

/** An answer that has no more to say than that it was done. Throws MalformedAnswerError for what is no object. */
export function done(json: unknown, answer: AnswerFacts): void {
  objectOf(json, answer);
}

export function objectOf(json: unknown, answer: AnswerFacts): Readonly<Record<string, unknown>> {
  if (isObject(json)) return json;
  throw malformed('an object', answer);
}

/** The rows in a field, or a bare array. Throws MalformedAnswerError, transient: listings come spoiled now and then. */
export function rowsOf(
  json: unknown,
  field: string,
  answer: AnswerFacts,
): readonly Readonly<Record<string, unknown>>[] {
  const rows = isObject(json) ? json[field] : json;
  if (!Array.isArray(rows)) throw malformed(`a list of ${field}`, answer);
  const strange: unknown = rows.find((row) => !isObject(row));
  if (strange !== undefined) throw malformed(`objects as ${field}`, answer);
  return rows as readonly Readonly<Record<string, unknown>>[];
}

export function malformed(missing: string, answer: AnswerFacts): MalformedAnswerError {
  return new MalformedAnswerError(
    `${answer.endpoint} answered without ${missing}; try again, and look for a newer version if it stays so`,
    { ...answer, isTransient: true },
  );
}
