// `vastdeck rent`: a box to work in. Shows what would be rented and set aside, asks, rents, follows the boot, and leaves
// nothing behind that it does not name.
import { DeniedError } from '../../../base/ledger/index.ts';
import { formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import { resolveGpuName } from '../../../net/vast/index.ts';
import {
  type Candidate,
  NoCapacityError,
  type Rental,
  RentInDoubtError,
  readLabel,
  reckonedCost,
} from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { lookAfterRentals } from '../look-after-rentals.ts';
import { plural } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';
import { clockFault } from '../server-clock.ts';
import { recordAccountCharges } from './account-charges.ts';
import { type Followed, followBoot, leftSentence } from './rent-boot.ts';
import { finderFor, nothingLeft, PRICE_SLACK } from './rent-find.ts';
import { planSentence } from './rent-plan.ts';
import { presentBox } from './rent-ready.ts';
import { say, showPlan } from './rent-show.ts';
import { type RentWish, readRentWish } from './rent-wish.ts';

export async function rent(context: Context, flags: Flags): Promise<void> {
  const { terminal, random } = context;
  const wish = readRentWish(flags, random);
  const signal = terminal.interrupted;
  await using renting = await openInstanceSession(context);
  const need = `box ${wish.name}`;
  try {
    const [present] = await renting.records.list({ account: renting.account.account, need, isLive: true });
    if (present) {
      terminal.err(
        `${wish.name} is there already (${present.status}: ${present.reason}): nothing new is rented.\n`,
      );
      await goOn(context, flags, renting, present);
      return;
    }
    await refuseWhileHalted(renting, flags);
    // What others gave back counts before anything new is set aside.
    if (flags.dryRun !== true) await lookAfterRentals(context, renting);
    await warn(context, renting);
    await rentAndFollow(context, flags, renting, await withKnownGpus(wish, renting, signal));
  } catch (error) {
    await tellWhatIsLeft(context, renting, need);
    throw error;
  }
}

/** Nobody is asked about what the switch forbids. */
async function refuseWhileHalted({ ledger }: Renting, flags: Flags): Promise<void> {
  const halt = await ledger.haltState();
  if (halt.kind === 'running' || flags.dryRun === true) return;
  throw new DeniedError({
    limit: 'halt',
    reason: `All spending is halted since ${screenTime(halt.sinceMs)} by ${halt.by} (${halt.reason}), so nothing is rented until: vd resume`,
  });
}

async function withKnownGpus(wish: RentWish, { client }: Renting, signal: AbortSignal): Promise<RentWish> {
  if (wish.gpus.length === 0) return { ...wish, need: { ...wish.need, gpus: 'any' } };
  const gpus: string[] = [];
  for (const gpu of wish.gpus) gpus.push(await resolveGpuName(client, gpu, { signal }));
  return { ...wish, need: { ...wish.need, gpus } };
}

/** What a person has to know before any of it: a wrong clock, and others who rent on the same account. */
async function warn(context: Context, renting: Renting): Promise<void> {
  const { terminal, clock } = context;
  const { watcher, install, account } = renting;
  const fault = await clockFault(context);
  if (fault !== undefined) terminal.err(`${fault}\n`);
  const view = await watcher.refresh({ startedAfterMs: clock.now() - 60_000, signal: terminal.interrupted });
  const others = view.instances.filter(({ label }) => readLabel(install, label).kind === 'other-install');
  if (others.length > 0) {
    terminal.err(
      `Another vastdeck rents on this account (${plural(others.length, 'instance')}: ${others.map(({ id }) => id).join(', ')}). They are never touched from here; their money counts in a cap on the account: vd budget set account:${account.account} month 100\n`,
    );
  }
  try {
    await recordAccountCharges(renting, clock.now(), terminal.interrupted);
  } catch (error) {
    if (terminal.interrupted.aborted) throw error;
    terminal.err(
      `What the account was charged is not known (${(error as Error).message}); its caps count what this install spent.\n`,
    );
  }
}

/** An offer that was seen longer ago than this is looked for anew. */
const STALE_MS = 30_000;

/** The search, the plan, the question; then machines in turn until one is ready. */
async function rentAndFollow(
  context: Context,
  flags: Flags,
  renting: Renting,
  wish: RentWish,
): Promise<void> {
  const { terminal, clock } = context;
  const signal = terminal.interrupted;
  const failed: Rental[] = [];
  // What this install has seen of machines and hosts counts from the first ranking on.
  const facts = await renting.memory.facts();
  const reasons: string[] = [];
  // What the person said yes to: the offer may go before it is taken, and the next one is dearer.
  let mostPerHour = wish.need.maxPricePerHour ?? Number.POSITIVE_INFINITY;
  for (let attempt = 1; attempt <= wish.tries; attempt += 1) {
    const spentUsd = failed.reduce((sum, rental) => sum + usd(reckonedCost(rental, clock.now())), 0);
    const find = finderFor(context, { client: renting.client, facts }, wish, {
      failed,
      spentUsd,
      mostPerHour: () => mostPerHour,
    });
    const foundAtMs = clock.monotonic();
    const { ranking, candidates } = await find.all(signal).catch(withTried(reasons));
    const [best] = candidates;
    if (!best)
      return withTried(reasons)(nothingLeft(wish, { dearest: find.dearest(), spentUsd, mostPerHour }));
    if (attempt === 1) {
      if (mostPerHour === Number.POSITIVE_INFINITY) mostPerHour = best.terms.pricePerHour * PRICE_SLACK;
      await showPlan(context, flags, renting, { wish, ranking, best, mostPerHour, facts });
      if (!(await askConsent(context, flags, { plan: planSentence(wish, best) }))) return;
    } else {
      terminal.err(`Trying the next machine (${attempt} of ${wish.tries}): ${planSentence(wish, best)}\n`);
    }
    const rental = await rentOne(context, renting, wish, {
      // The market moved on while somebody thought about it.
      candidates: async (asked = signal) =>
        clock.monotonic() - foundAtMs > STALE_MS
          ? (await find.all(asked)).candidates
          : find.agreed(candidates),
      again: find.again,
    }).catch(withTried(reasons));
    const followed = await followBoot(context, renting, rental, signal);
    if (followed.kind === 'ready') {
      await finish(context, flags, renting, followed);
      return;
    }
    if (followed.kind === 'left') throw leftError(followed);
    terminal.err(`${leftSentence(followed.rental, clock.now())}\n`);
    failed.push(followed.rental);
    const why = followed.failure?.sentence ?? followed.rental.reason;
    reasons.push(`machine ${rental.machineId ?? '?'}: ${why}`);
    // The next machine would pull the same image that is not there.
    if (followed.failure?.blame === 'launch') throw followed.failure.error;
  }
  throw new NoCapacityError(
    `No available instances found matching criteria: ${plural(wish.tries, 'machine')} failed to start, and nothing is left of them (${reasons.join('; ')}); --tries allows more`,
  );
}

/** That nothing else fits is said with what became of the machines before it. */
function withTried(reasons: readonly string[]): (error: unknown) => never {
  return (error) => {
    const isCapacity = error instanceof Error && ['NoOfferError', 'NoCapacityError'].includes(error.name);
    if (!isCapacity || reasons.length === 0) throw error;
    throw new NoCapacityError(`${error.message}; before that ${reasons.join('; ')}`);
  };
}

async function rentOne(
  context: Context,
  { renter, records, sshKey }: Renting,
  wish: RentWish,
  {
    candidates,
    again,
  }: {
    readonly candidates: (signal?: AbortSignal) => Promise<readonly Candidate[]>;
    readonly again: (candidate: Candidate, signal?: AbortSignal) => Promise<Candidate | undefined>;
  },
): Promise<Rental> {
  const { terminal } = context;
  try {
    return await renter.rent(
      {
        kind: 'box',
        need: `box ${wish.name}`,
        name: wish.name,
        launch: { ...wish.launch, sshPublicKey: sshKey.publicKey },
        leaseMs: wish.lease.leaseMs,
        candidates,
        revalidate: again,
      },
      terminal.interrupted,
    );
  } catch (error) {
    // Nobody knows whether it exists: it is followed like any other until that is known.
    const doubtful = error instanceof RentInDoubtError ? await records.get(error.rentalId ?? '') : undefined;
    if (!doubtful) throw error;
    say(
      context,
      `No answer came to the create of ${wish.name}: it is looked for by its label, and nothing else is rented until it is found or proved absent.`,
    );
    return doubtful;
  }
}

/** A rental of this name was there before: it is followed to where a new one would have come. */
async function goOn(context: Context, flags: Flags, renting: Renting, rental: Rental): Promise<void> {
  const followed = await followBoot(context, renting, rental, context.terminal.interrupted);
  if (followed.kind === 'ready') return await finish(context, flags, renting, followed);
  if (followed.kind === 'left') throw leftError(followed);
  context.terminal.err(`${leftSentence(followed.rental, context.clock.now())}\n`);
  throw (
    followed.failure?.error ??
    new NoCapacityError(`${rental.name} is over: ${followed.rental.reason}; the same command rents a new one`)
  );
}

async function finish(
  context: Context,
  flags: Flags,
  renting: Renting,
  { rental, boot }: Extract<Followed, { kind: 'ready' }>,
): Promise<void> {
  const { watcher, records, account } = renting;
  const signal = context.terminal.interrupted;
  const instance =
    rental.instanceId === undefined ? undefined : await watcher.lookup(rental.instanceId, signal);
  const live = await records.list({ account: account.account, isLive: true });
  presentBox(context, flags, {
    rental,
    instance,
    liveRentalIds: live.map(({ id }) => id),
    warnings: boot?.kind === 'ready' ? boot.warnings : [],
  });
  await lookAfterRentals(context, renting);
}

/** The machine of a failed try is still there: nothing else is rented in its place. What is left is told with it. */
function leftError({ rental, failure }: Extract<Followed, { kind: 'left' }>): Error {
  if (failure) return failure.error;
  return new Error(`${rental.name} is not ready: it is ${rental.status} (${rental.reason})`);
}

/** On every bad end: what there is, what it costs, and the command; on a terminal it can be ended at once. */
async function tellWhatIsLeft(context: Context, renting: Renting, need: string): Promise<void> {
  const { terminal, clock } = context;
  const { records, account } = renting;
  const [left] = await records.list({ account: account.account, need, isLive: true });
  if (!left || left.status === 'intended') return;
  terminal.err(`${leftSentence(left, clock.now())}\n`);
  const isTheirs = left.status === 'ready' || left.status === 'stopped' || left.status === 'ending';
  if (!terminal.interrupted.aborted || !terminal.inIsTerminal || isTheirs) return;
  const cost = formatUsd(usd(reckonedCost(left, clock.now()) as MicroUsd));
  const isToEnd = await askConsent(
    context,
    {},
    { plan: `End ${left.name} now? It has cost ${cost} so far.` },
  );
  context.endWith(EXIT_CODES.interrupted);
  if (!isToEnd) return;
  // A create in doubt may be a machine: its label finds it, and its end begins then.
  let rental = left;
  if (rental.status === 'creating') ({ rental } = await renting.controller.step(rental));
  if (rental.status === 'booting') {
    rental = await records.change(rental, { status: 'ending', reason: 'ended by hand while it booted' });
  }
  const followed = await followBoot(context, renting, rental);
  terminal.err(`${leftSentence(followed.rental, clock.now())}\n`);
}
