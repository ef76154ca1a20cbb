// Bars and sparklines: one figure, or a row of them, in a few cells.
import type { Glyphs } from '../look/glyphs.ts';

/** `share` from 0 to 1 in `width` cells. */
export function progressBar(share: number, width: number, glyphs: Glyphs): { done: string; left: string } {
  const steps = glyphs.bar.length;
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width * steps);
  const whole = Math.floor(filled / steps);
  const rest = filled - whole * steps;
  const done = (glyphs.bar.at(-1) ?? '').repeat(whole) + (rest > 0 ? (glyphs.bar[rest - 1] ?? '') : '');
  return { done, left: glyphs.barEmpty.repeat(Math.max(0, width - whole - (rest > 0 ? 1 : 0))) };
}

/** The newest values at the right, `width` of them at most; what is no number is a blank. */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs): string {
  const shown = values.slice(-width);
  const finite = shown.filter(Number.isFinite);
  if (finite.length === 0) return ' '.repeat(width);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  const top = glyphs.spark.length - 1;
  const cells = shown.map((value) => {
    if (!Number.isFinite(value)) return ' ';
    return glyphs.spark[range === 0 ? 0 : Math.round(((value - low) / range) * top)] ?? ' ';
  });
  return cells.join('').padStart(width);
}
