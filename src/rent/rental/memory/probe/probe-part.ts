// A part of a probe: what was measured and how, or why it was not. One part never takes another down with it.

export type ProbePart<Figures> =
  | {
      readonly kind: 'measured';
      /** How the figures came about, as a sentence without a full stop. */
      readonly method: string;
      readonly figures: Figures;
      /** What to know before one believes them; sentences without a full stop. */
      readonly remarks: readonly string[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** Rejects only when the signal has ended it: then nobody wants to know. */
export async function tryPart<Figures>(
  work: () => Promise<ProbePart<Figures>>,
  signal: AbortSignal | undefined,
): Promise<ProbePart<Figures>> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The last words of a command, for a reason. */
export function lastWords(...texts: readonly string[]): string {
  const lines = texts.flatMap((text) => text.split('\n')).map((line) => line.trim());
  const words = lines.filter((line) => line !== '').slice(-2);
  return words.join(' ').slice(0, 200);
}
