// Sources that show only their newest lines: asked again and again, what is new in each answer is passed on.
import type { Clock } from '../../../base/std/index.ts';
import type { FoundSource, LinePiece, ReadLines } from './line-source.ts';
import { newLines } from './new-lines.ts';

export interface WindowSourceOptions extends Pick<FoundSource, 'kind' | 'from' | 'run'> {
  readonly clock: Clock;
  /** The newest lines, oldest first, without what is not ended yet. */
  readonly ask: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly everyMs: number;
}

export function windowSource({ clock, ask, everyMs, kind, from, run }: WindowSourceOptions): FoundSource {
  // Over interruptions too: what was seen before is not new when we come back.
  let seen: readonly string[] | undefined;
  return { kind, from, run, shape: 'window', read };

  async function* read({ from: asked, onAnswer, signal }: ReadLines): AsyncGenerator<LinePiece, void> {
    let offset = asked ?? 0;
    for (;;) {
      const now = await ask(signal);
      onAnswer();
      const isPast = seen === undefined;
      const fresh = newLines(seen ?? [], now);
      seen = now;
      if (fresh.length > 0) {
        const bytes = Buffer.from(`${fresh.join('\n')}\n`);
        yield { offset, bytes, writtenAtMs: clock.now(), isPast };
        offset += bytes.length;
      }
      await clock.sleep(everyMs, signal);
    }
  }
}
