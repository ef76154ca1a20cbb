// Times as people read them: to the minute, in one named zone.
import { formatIso } from '../../../base/std/index.ts';

/** `2026-11-22 13:18 UTC`. */
export function screenTime(ms: number): string {
  return `${formatIso(ms).slice(0, 16).replace('T', ' ')} UTC`;
}
