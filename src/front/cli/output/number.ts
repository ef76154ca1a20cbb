// Numbers for tables: as many digits as a reader uses.

/** `0.35`, `12.5`, `1,024`: three significant digits, whole from 100 on. */
export function shortNumber(value: unknown): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return '-';
  if (Number.isInteger(number) || Math.abs(number) >= 100) return Math.round(number).toLocaleString('en-US');
  return String(Number(number.toPrecision(3)));
}

/** `15.3 MB`, in powers of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // From 999.5 on three digits would be written as 1.00e+3.
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** `1 poll`, `2 polls`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
