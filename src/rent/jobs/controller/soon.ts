// A look at a machine that has to answer soon: one that does not is told as a lost connection, so that the next step asks the
// service what became of the machine, in place of one more try to enter it.
import { ConnectTimeoutError } from '../../../net/ssh/index.ts';
import type { LedJob } from './context.ts';
import type { Workplace } from './workplaces.ts';

const WITHIN_MS = 30_000;

export async function soon<T>(
  { clock, signal, cancelNotice }: Pick<LedJob, 'cancelNotice' | 'clock' | 'signal'>,
  { refusal }: Pick<Workplace, 'refusal'>,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.setTimer(WITHIN_MS, () =>
    late.abort(new ConnectTimeoutError(refusal() ?? `it has not answered for ${WITHIN_MS / 1_000} s`)),
  );
  try {
    return await look(AbortSignal.any([signal, cancelNotice, late.signal]));
  } finally {
    timer.cancel();
  }
}
