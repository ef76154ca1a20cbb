// Points in time for sentences.

/** `2026-11-22 14:05 UTC` */
export function clockTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
