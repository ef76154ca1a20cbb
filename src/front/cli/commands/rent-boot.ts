// Follows one rental from its create to a machine that was entered, or to its end: one live line for each phase.
import { formatDuration, formatUsd } from '../../../base/std/index.ts';
import type { BootStep, Rental, StepResult } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { progressLine } from '../output/progress.ts';

type FailedBoot = Extract<BootStep, { kind: 'failed' }>;

export type Followed =
  | { readonly kind: 'ready'; readonly rental: Rental; readonly boot: BootStep | undefined }
  /** It is gone, or the create never happened: nothing is left of it. */
  | { readonly kind: 'gone'; readonly rental: Rental; readonly failure: FailedBoot | undefined }
  /** It is there still, and this program has waited long enough. */
  | { readonly kind: 'left'; readonly rental: Rental; readonly failure: FailedBoot | undefined };

/** A destroy is seen through within a minute or so; a longer one is gone on with by every later command. */
const END_PATIENCE_MS = 4 * 60_000;
/** The service may be away for a while: the machine boots on. */
const OUTAGE_PATIENCE_MS = 10 * 60_000;
const AFTER_FAILURE_MS = 10_000;

/** Errors that another try may not meet; known by name, as `failure.ts` does. */
const PASSING = ['UnavailableError', 'RateLimitedError', 'MalformedAnswerError', 'UnreachableError'];

/** Steps until the rental is ready or over. Rejects with the signal's reason, and with what no waiting mends. */
export async function followBoot(
  context: Pick<Context, 'terminal' | 'clock'>,
  { controller }: Pick<Renting, 'controller'>,
  begun: Rental,
  signal?: AbortSignal,
): Promise<Followed> {
  const { terminal, clock } = context;
  const progress = progressLine(context, { plainEveryMs: 60_000 });
  let rental = begun;
  let failure: FailedBoot | undefined;
  let phase = '';
  let endingSinceMs: number | undefined;
  let failingSinceMs: number | undefined;
  const enter = (next: string, sentence: string) => {
    if (next === phase) return;
    phase = next;
    progress.end();
    terminal.err(`${sentence}\n`);
  };
  try {
    for (;;) {
      let step: StepResult;
      try {
        step = await controller.step(rental, signal ? { signal } : {});
        failingSinceMs = undefined;
      } catch (error) {
        if (signal?.aborted || !(error instanceof Error) || !PASSING.includes(error.name)) throw error;
        failingSinceMs ??= clock.monotonic();
        if (clock.monotonic() - failingSinceMs > OUTAGE_PATIENCE_MS) throw error;
        const sinceMs = failingSinceMs;
        progress.show(
          `${rental.name} goes on by itself; no answer for ${formatDuration(clock.monotonic() - sinceMs)}: ${error.message}`,
        );
        await clock.sleep(AFTER_FAILURE_MS, signal);
        continue;
      }
      ({ rental } = step);
      const { boot } = step;
      if (boot?.kind === 'failed') {
        failure = boot;
        enter('failed', `${boot.sentence}.`);
      }
      if (rental.status === 'ready' || boot?.kind === 'ready') return { kind: 'ready', rental, boot };
      if (rental.status === 'gone' || rental.status === 'void') return { kind: 'gone', rental, failure };
      if (rental.status === 'stopped') return { kind: 'left', rental, failure };
      if (rental.status === 'ending') {
        endingSinceMs ??= clock.monotonic();
        enter(
          'ending',
          `Destroying instance ${rental.instanceId ?? ''} (${rental.name}), until it is seen gone…`,
        );
        if (clock.monotonic() - endingSinceMs > END_PATIENCE_MS) return { kind: 'left', rental, failure };
        progress.keepShowing(
          () => `${rental.reason} (${formatDuration(clock.monotonic() - (endingSinceMs ?? 0))})`,
        );
      } else if (rental.status === 'creating') {
        const sinceMs = rental.sinceMs;
        progress.keepShowing(
          () => `looking for it (${formatDuration(clock.now() - sinceMs)}; this takes up to three minutes)`,
        );
      } else if (boot?.kind === 'waiting') {
        enter(boot.phase, phaseSentence(rental, boot.phase));
        const sinceMs = rental.bootingAtMs ?? rental.createdAtMs;
        progress.keepShowing(() => waitingLine(boot, { nowMs: clock.now(), sinceMs }));
      }
      // A create that was found has no time of its own: what comes next is due now.
      await clock.sleep(Math.max(0, (step.nextAtMs ?? clock.now()) - clock.now()), signal);
    }
  } finally {
    progress.end();
  }
}

const PHASE_WORDS: Readonly<Record<Extract<BootStep, { kind: 'waiting' }>['phase'], string>> = {
  provisioning: 'is made',
  pulling: 'pulls its image',
  starting: 'has its image and starts',
  connecting: 'runs; it is being entered',
  rebooting: 'reboots',
  queued: 'waits for its GPUs, which somebody else has',
  silent: 'gives no word',
  ended: 'does not run',
};

function phaseSentence(
  { instanceId, name, terms, machineId }: Rental,
  phase: keyof typeof PHASE_WORDS,
): string {
  const where =
    phase === 'provisioning' && terms
      ? ` on machine ${machineId}, at ${formatUsd(terms.pricePerHour)}/h`
      : '';
  return `Instance ${instanceId} (${name}) ${PHASE_WORDS[phase]}${where}.`;
}

function waitingLine(
  { sentence, expectedReadyAtMs, latestReadyAtMs }: Extract<BootStep, { kind: 'waiting' }>,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): string {
  // Written at the last look; the time that is left goes on from there.
  const what = sentence.replace(/, ready in about .*$/, '');
  const inMs = expectedReadyAtMs - nowMs;
  const ready = inMs > 1_000 ? `ready in about ${formatDuration(inMs)}` : 'ready any moment';
  const latestMs = latestReadyAtMs - nowMs;
  const latest = latestMs > Math.max(2 * inMs, 60_000) ? `, at most ${formatDuration(latestMs)}` : '';
  return `${what} (${formatDuration(nowMs - sinceMs)}), ${ready}${latest}`;
}

/** What there is of a rental that nobody follows any more, what it costs, and the commands. */
export function leftSentence(rental: Rental, nowMs: number): string {
  const { name, status, instanceId, terms, prepaidUntilMs } = rental;
  const price = terms === undefined ? '' : `, ${formatUsd(terms.pricePerHour)}/h while it runs`;
  const goesOn = `"vd rent --name ${name}" goes on with it`;
  const end = `"vd rm --now ${name}" ends it`;
  switch (status) {
    case 'intended':
      return `${name} was not rented: nothing was sent.`;
    case 'creating':
      return `${name}: a create was sent and its answer is not known${price}; ${goesOn}, and whatever vastdeck runs next looks for it by its label.`;
    case 'ending':
      return `${name}: instance ${instanceId ?? '(unknown)'} is being destroyed and was not seen gone${price}; "vd gc --apply" goes on with it, "vd why ${name}" tells more.`;
    case 'gone':
    case 'void':
      return `${name} is over: nothing is left of it.`;
    default: {
      const inMs = prepaidUntilMs - nowMs;
      const stops = inMs > 0 ? `stops itself in ${formatDuration(inMs)}` : 'is past its prepaid end';
      return `${name}: instance ${instanceId} is left on the account${price}, and ${stops}; ${goesOn}, ${end}.`;
    }
  }
}
