// JSON has no numbers for NaN and infinity: they are told as text, as the protocol has it.

/** Of an answer that may hold such figures. */
export function wireText(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) => (isNoNumber(each) ? String(each) : each));
}

/** The same as values, for whoever writes the JSON itself. */
export function wireValue<T>(value: T): T {
  if (Array.isArray(value)) return value.map(wireValue) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wireValue(each)])) as T;
  }
  return (isNoNumber(value) ? String(value) : value) as T;
}

function isNoNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}
