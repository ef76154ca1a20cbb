// Fields of a request's body, read as leniently as the service reads them: numbers and booleans may come as text, and
// null means that nothing was given.
import { ApiError } from './api-error.ts';

export type Body = Readonly<Record<string, unknown>>;

/** A number or the text of one. Throws ApiError 400. */
export function numberOf(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const number = isNumeric ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw invalid(name, value, 'a number');
  return number;
}

/** true, false, or their texts. Throws ApiError 400. */
export function booleanOf(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : value;
  if (text === 'true' || text === 1 || text === '1') return true;
  if (text === 'false' || text === 0 || text === '0') return false;
  throw invalid(name, value, 'a boolean');
}

/** Text, or a number written as one. Throws ApiError 400. */
export function textOf(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw invalid(name, value, 'a text');
}

/** A list of whole numbers, given as numbers or texts. Throws ApiError 400. */
export function idsOf(body: Body, name: string): readonly number[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(name, value, 'a list of ids');
  return value.map((item: unknown) => {
    const id = typeof item === 'number' || typeof item === 'string' ? Number(item) : Number.NaN;
    if (!Number.isInteger(id)) throw invalid(name, value, 'a list of ids');
    return id;
  });
}

function invalid(name: string, value: unknown, wanted: string): ApiError {
  return new ApiError(
    400,
    'invalid_args',
    `error 400/3467: Invalid args: ${name} is ${JSON.stringify(value)}, not ${wanted}.`,
  );
}
