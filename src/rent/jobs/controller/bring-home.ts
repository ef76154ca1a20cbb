// fetching: the rest of the log and the artifacts come here and are compared with their manifest; only then is the machine
// given back, and only when it is seen gone is the job over.
import { stat } from 'node:fs/promises';
import { type ArtifactReport, createRemoteLog } from '../../remote/index.ts';
import { OVER_STATUSES, type Rental } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { giveBack } from './give-back.ts';
import { type Failure, judgeFailure } from './judge-failure.ts';
import { spentOf } from './money.ts';
import { throwIfEnded } from './notice-cancel.ts';
import { type Placed, unreachable } from './run-end.ts';
import { runIdOf, WORKSPACE } from './run-script.ts';
import { say } from './say.ts';
import { soon } from './soon.ts';
import { coverTraffic } from './traffic.ts';
import { keepLease } from './watch-run.ts';
import { type EndOfRental, whyEnded } from './why-ended.ts';

const AGAIN_MS = 2_000;
const MONEY_MS = 60_000;
/** Files that cannot be read, or come different every time, are given up after so long. */
const GIVE_UP_MS = 10 * 60_000;

export async function bringHome(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  rental: Rental,
): Promise<JobStep> {
  const { clock, signal, change, session, policy, workplaces } = led;
  const { attempt } = placed;
  if (attempt.brought || rental.status === 'ending' || OVER_STATUSES.includes(rental.status)) {
    return await finish(led, record, placed);
  }
  try {
    const present = session.ensure(record, attempt, placed.instanceId);
    await keepLease(led, rental, policy.marginMs);
    const place = workplaces.of(placed.instanceId);
    const logBytes = await soon(led, place, (within) => keepRestOfLog(led, record, placed, within));
    if (logBytes === undefined) return await say(led, record, record.reason, clock.now() + AGAIN_MS);
    const isWanted = attempt.failure === undefined && record.cancelAskedAtMs === undefined;
    const way = await coverArtifacts(led, record, placed, rental);
    if (way.denied !== undefined && isWanted) {
      return await say(led, way.record, `its artifacts wait there: ${way.denied}`, clock.now() + MONEY_MS);
    }
    if (way.record !== record) return { record: way.record, nextAtMs: clock.now() };
    // Of a run that has failed or was cancelled nothing is worth more than the budget.
    const fetched: Fetched =
      way.denied === undefined
        ? await fetchArtifacts(led, record, placed.instanceId, isWanted)
        : { kind: 'whole', reason: `its artifacts were left there: ${way.denied}`, files: 0, bytes: 0 };
    const isStuck = clock.now() - record.sinceMs >= GIVE_UP_MS;
    if (fetched.kind === 'again' && !isStuck) {
      return await say(led, record, fetched.reason, clock.now() + AGAIN_MS);
    }
    const globs = record.job.artifacts.length;
    // What a further try goes on from.
    if (!isWanted || fetched.kind !== 'whole') await present.keepCheckpoint({ signal, isStill: true });
    const lacking = isWanted && fetched.kind !== 'whole' ? fetched.reason : undefined;
    const next = await change(
      record,
      {
        status: 'fetching',
        reason: lacking ?? fetched.reason,
        ...(isWanted && lacking === undefined && { verifiedAtMs: Math.trunc(clock.now()) }),
      },
      {
        attempt: {
          ...attempt,
          logBytes,
          brought: true,
          ...(isWanted && globs > 0 && { reason: `${attempt.reason}; ${fetched.reason}` }),
          checkpoint: present.checkpoint() ?? attempt.checkpoint,
          ...(lacking !== undefined && { failure: 'error' as const, isFinal: true, reason: lacking }),
        },
        data: { files: fetched.files, bytes: fetched.bytes },
      },
    );
    return { record: next, nextAtMs: clock.now() };
  } catch (error) {
    throwIfEnded(led);
    return await unreachable(led, record, error);
  }
}

/** What they carry counts like any other traffic. */
async function coverArtifacts(led: LedJob, record: JobRecord, placed: Placed, rental: Rental) {
  const { workplaces, signal } = led;
  const globs = record.job.artifacts;
  if (globs.length === 0) return { record, denied: undefined };
  const { artifacts } = workplaces.of(placed.instanceId);
  const units = await artifacts.find({ root: WORKSPACE, globs, settleMs: 0, signal });
  const bytes = units.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return await coverTraffic(led, record, placed, rental, { extraGb: bytes / 1e9 });
}

/** Bytes of the whole log once they are all here; undefined while some are missing. */
async function keepRestOfLog(
  led: LedJob,
  record: JobRecord,
  { attempt, instanceId }: Placed,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { workplaces, kept } = led;
  const { target, runs } = workplaces.of(instanceId);
  const path = runs.logPath(runIdOf(record.id, attempt.attempt));
  const there = await createRemoteLog(target, { path }).end({ signal });
  const here = await stat(kept.logFile(record.id, attempt.attempt)).then(
    (found) => (found.isFile() ? found.size : -1),
    () => 0,
  );
  return here >= there ? here : undefined;
}

interface Fetched {
  /** `missing`: something that was asked for is not there. */
  readonly kind: 'whole' | 'missing' | 'again';
  readonly reason: string;
  readonly files: number;
  readonly bytes: number;
}

async function fetchArtifacts(
  { workplaces, kept, observer, signal, cancelNotice }: LedJob,
  record: JobRecord,
  instanceId: number,
  isWanted: boolean,
): Promise<Fetched> {
  const globs = record.job.artifacts;
  if (globs.length === 0) return { kind: 'whole', reason: 'there is nothing to fetch', files: 0, bytes: 0 };
  const report = await workplaces.of(instanceId).artifacts.fetch({
    root: WORKSPACE,
    globs,
    to: kept.artifactsFolder(record.id),
    // Nobody writes any more.
    settleMs: 0,
    compress: record.job.compresses,
    signal: AbortSignal.any([signal, cancelNotice]),
    ...(observer.onTransfer && { onProgress: (progress) => observer.onTransfer?.('fetching', progress) }),
  });
  return judgeReport(report, isWanted);
}

function judgeReport({ files, unmatched, verifiedBytes }: ArtifactReport, isWanted: boolean): Fetched {
  const verified = files.filter(({ state }) => state === 'verified').length;
  const figures = { files: verified, bytes: verifiedBytes };
  const faulty = files.filter(({ state }) => state !== 'verified' && state !== 'incomplete');
  const [first] = faulty;
  if (first) {
    return {
      kind: 'again',
      reason: `${faulty.length} artifacts did not come whole, ${first.path} is ${first.state}`,
      ...figures,
    };
  }
  // Names of what was being written when the run ended: of no use, and no reason to hold a machine.
  const halves = files.filter(({ state }) => state === 'incomplete').map(({ path }) => path);
  const left = halves.length === 0 ? '' : `; left there unfinished: ${halves.slice(0, 5).join(', ')}`;
  if (isWanted && (verified === 0 || unmatched.length > 0)) {
    const what = unmatched.length > 0 ? unmatched.join(', ') : 'its artifacts';
    return {
      kind: 'missing',
      reason: `it ended well and made nothing that matches ${what}${left}`,
      ...figures,
    };
  }
  const reason =
    verified === 1 ? '1 artifact is here and verified' : `${verified} artifacts are here and verified`;
  return { kind: 'whole', reason: `${reason}${left}`, ...figures };
}

async function finish(led: LedJob, record: JobRecord, { attempt }: Placed): Promise<JobStep> {
  const { clock, change, session } = led;
  await session.end();
  const given = await giveBack(led, record.rentalId, attempt.reason || 'its job has ended');
  if (!given.isGone) return await say(led, record, given.reason, given.nextAtMs);
  if (record.cancelAskedAtMs !== undefined) {
    const spent = await spentOf({ ...led, nowMs: clock.now() }, record);
    const cancelled = await change(record, {
      status: 'cancelled',
      reason: attempt.reason || 'cancelled',
      spent,
    });
    return { record: cancelled, nextAtMs: clock.now() };
  }
  // A run that failed has failed, whatever became of its machine; one that ended well has lost what it made.
  if (!attempt.brought && attempt.failure === undefined) {
    return await judgeFailure(led, record, lostResults(attempt.reason, await whyEnded(led, record.rentalId)));
  }
  if (attempt.failure !== undefined) {
    const { failure: kind, reason, isFinal, exitCode } = attempt;
    return await judgeFailure(led, record, { kind, reason, isFinal, data: { exitCode } });
  }
  const spent = await spentOf({ ...led, nowMs: clock.now() }, record);
  const { reason } = attempt;
  const succeeded = await change(record, { status: 'succeeded', reason, spent }, { data: { spent } });
  return { record: succeeded, nextAtMs: clock.now() };
}

function lostResults(reason: string, end: EndOfRental | undefined): Failure {
  const went = end?.isByHand ? `was ended by hand (${end.reason})` : 'went away';
  return {
    kind: 'interruption',
    reason: `its machine ${went} before its results were here (${reason})`,
    isFinal: end?.isByHand ?? false,
  };
}
