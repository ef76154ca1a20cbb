// A figure as JSON has it: what is no number by its name, since null would say that it is not known.

type OddNumber = 'NaN' | 'Infinity' | '-Infinity';

export function toldNumber(value: number | null): number | OddNumber | null {
  return value === null || Number.isFinite(value) ? value : (String(value) as OddNumber);
}
