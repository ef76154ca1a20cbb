// Whether this computer's clock agrees with the service's: prepaid ends are written by ours and kept by theirs.
import { formatDuration } from '../../base/std/index.ts';
import type { Context } from './context.ts';

const MOST_MS = 60_000;
const TIMEOUT_MS = 5_000;

/** A sentence when the two are more than a minute apart; undefined when they agree, or nobody says. */
export async function clockFault({
  config,
  clock,
}: Pick<Context, 'config' | 'clock'>): Promise<string | undefined> {
  const beforeMs = clock.now();
  let date: string | null;
  try {
    const answer = await globalThis.fetch(config.baseUrl.value, {
      method: 'HEAD',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    date = answer.headers.get('date');
  } catch {
    // Whether the service can be reached is told by those who need it.
    return undefined;
  }
  const serverMs = Date.parse(date ?? '');
  if (Number.isNaN(serverMs)) return undefined;
  // The answer was written between the two.
  const oursMs = (beforeMs + clock.now()) / 2;
  return clockSentence(oursMs, serverMs);
}

/** Times are epoch milliseconds. */
export function clockSentence(oursMs: number, serverMs: number): string | undefined {
  const offMs = oursMs - serverMs;
  if (Math.abs(offMs) <= MOST_MS) return undefined;
  const way = offMs > 0 ? 'ahead of' : 'behind';
  return `This computer's clock is ${formatDuration(Math.abs(offMs))} ${way} the service's: ends would come so much ${offMs > 0 ? 'later' : 'earlier'} than they say. Set it right, for example with "timedatectl set-ntp true".`;
}
