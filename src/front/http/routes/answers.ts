// What routes declare of their answers: the one that was asked for, and a sentence for all others.
import type { ZodType } from 'zod';
import { faultSchema } from '../protocol.ts';

export function answers<Schema extends ZodType>(description: string, schema: Schema) {
  return {
    200: { description, content: { 'application/json': { schema } } },
  };
}

const fault = (description: string) => ({
  description,
  content: { 'application/json': { schema: faultSchema } },
});

/** Said by the guard and by whatever goes wrong, for every route alike. */
export const FAULTS = {
  400: fault('The request cannot be used; the sentence says what is wrong with it'),
  401: fault('No token, or an unknown one'),
  403: fault('Not with this token, from this page, or within the limits'),
  404: fault('There is no such thing'),
  409: fault('It cannot be done as things are now; the sentence says why'),
  503: fault('The part that would answer does not run'),
};
