// Figures of a JSON object, whatever their depth. Python writes NaN and Infinity, which JSON does not know.
import { addCustom, type Figures } from './figures.ts';
import { numberOf } from './numbers.ts';
import { durationSeconds } from './printed-eta.ts';
import { putNamed } from './put-figure.ts';

/** The object that a line is; null where it is none. */
export function parseRecord(line: string): Readonly<Record<string, unknown>> | null {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    // Quoted, so that what is a value in Python is one here too: they are read back by `numberOf`.
    if (!/\b(?:NaN|Infinity)\b/.test(line)) return null;
    try {
      return asRecord(JSON.parse(line.replace(/([:[,]\s*)(NaN|-?Infinity)(?=\s*[,}\]])/g, '$1"$2"')));
    } catch {
      return null;
    }
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

const DEPTH_MAX = 4;
const ETA = /^(?:eta|remaining(?:[ _]time)?|time[ _](?:left|remaining))$/i;

/** Puts the record's numbers, also those written as text, and keeps unknown names under their path (`eval/acc`). */
export function putRecord(
  record: Readonly<Record<string, unknown>>,
  figures: Figures,
  prefix = '',
  depth = 1,
): void {
  for (const [name, value] of Object.entries(record)) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const number =
      typeof value === 'number' ? value : typeof value === 'string' ? shortNumber(value) : undefined;
    if (number !== undefined) {
      if (!putNamed(figures, path, number) && !putNamed(figures, name, number))
        addCustom(figures, path, number);
    } else if (typeof value === 'string' && ETA.test(name)) {
      figures.remainingS ??= durationSeconds(value.slice(0, 40));
    } else if (depth < DEPTH_MAX) {
      const inner = asRecord(value);
      if (inner) putRecord(inner, figures, path, depth + 1);
    }
  }
}

function shortNumber(text: string): number | undefined {
  return text.length <= 32 ? numberOf(text) : undefined;
}
