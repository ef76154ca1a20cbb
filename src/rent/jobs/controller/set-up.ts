// setting-up: files and checkpoint to the machine, then the one detached run of this attempt, until its setup is done.
// Sent again after a crash, files that are there are not sent twice; the run is started once for ever by its name.
import { resolve } from 'node:path';
import { DiskFullError } from '../../../net/ssh/index.ts';
import { isPassing, RunStartError } from '../../remote/index.ts';
import type { Rental } from '../../rental/index.ts';
import type { JobRecord } from '../records/index.ts';
import type { JobStep, LedJob } from './context.ts';
import { newestCopy } from './keep-checkpoint.ts';
import { missingInput } from './missing-input.ts';
import { throwIfEnded } from './notice-cancel.ts';
import { endRun, interrupted, type Placed, unreachable } from './run-end.ts';
import { runIdOf, runScript, setupMark, WORKSPACE } from './run-script.ts';
import { say } from './say.ts';
import { soon } from './soon.ts';
import { exited, stopReason, stopRun } from './stop-run.ts';
import { coverTraffic } from './traffic.ts';
import type { Workplace } from './workplaces.ts';

const LOOK_MS = 1_000;
const GIVE_UP_MS = 10 * 60_000;

export async function setUp(
  led: LedJob,
  record: JobRecord,
  placed: Placed,
  rental: Rental,
): Promise<JobStep> {
  const { workplaces, change, clock, signal, session } = led;
  const { attempt, instanceId } = placed;
  const place = workplaces.of(instanceId);
  const runId = runIdOf(record.id, attempt.attempt);
  try {
    const status = await soon(led, place, (within) => place.runs.status(runId, { signal: within }));
    switch (status.state) {
      case 'not-started': {
        if (record.cancelAskedAtMs !== undefined) {
          return await endRun(led, record, placed, { reason: 'cancelled before its run began' });
        }
        const lacking = missingInput(led, record);
        if (lacking?.isLendable && clock.now() - record.sinceMs < GIVE_UP_MS) {
          return await say(led, record, lacking.sentence, clock.now() + LOOK_MS);
        }
        if (lacking) {
          const { sentence: reason } = lacking;
          return await endRun(led, record, placed, { failure: 'error', reason, isFinal: true });
        }
        // The first look is what the traffic of this machine is counted from.
        await coverTraffic(led, record, placed, rental);
        await send(led, record, place);
        await place.runs.start({
          runId,
          command: runScript(record.job, runId),
          env: environment(led, record),
          workdir: WORKSPACE,
          signal,
        });
        session.ensure(record, attempt, instanceId);
        return await say(led, record, 'its files are there; setup runs', clock.now() + LOOK_MS);
      }
      case 'running': {
        const present = session.ensure(record, attempt, instanceId);
        const covered = await coverTraffic(led, record, placed, rental);
        if (covered.denied !== undefined) present.endFor(covered.denied);
        if (covered.record !== record) return { record: covered.record, nextAtMs: clock.now() };
        const asked = stopReason(led, record);
        if (asked !== undefined) return await stopRun(led, record, placed, asked);
        if (!(await isSetUp(place, runId, signal))) {
          const nextAtMs = clock.now() + LOOK_MS;
          if (record.status === 'setting-up') return await say(led, record, 'setup runs', nextAtMs);
          return { record: await change(record, { status: 'setting-up', reason: 'setup runs' }), nextAtMs };
        }
        const runningAtMs = Math.trunc(clock.now());
        const next = await change(
          record,
          { status: 'running', reason: `runs on instance ${instanceId}` },
          { attempt: { ...attempt, runningAtMs }, data: { instance: instanceId } },
        );
        return { record: next, nextAtMs: clock.now() };
      }
      case 'exited':
        return await exited(led, record, placed, status);
      case 'lost':
        return await interrupted(led, record, placed, `its run was lost: ${status.reason}`);
    }
  } catch (error) {
    throwIfEnded(led);
    if (error instanceof RunStartError) {
      return await endRun(led, record, placed, { failure: 'error', reason: error.message });
    }
    // Its files do not fit, or cannot be read here: tried for a while, since a person may mend that.
    const isHopeless = error instanceof DiskFullError || clock.now() - record.sinceMs >= GIVE_UP_MS;
    if (error instanceof Error && !isPassing(error) && isHopeless) {
      return await endRun(led, record, placed, { failure: 'error', reason: error.message, isFinal: true });
    }
    return await unreachable(led, record, error);
  }
}

async function isSetUp(place: Workplace, runId: string, signal: AbortSignal): Promise<boolean> {
  await using shell = await place.target.open({ signal });
  return (await shell.stat(setupMark(runId))) !== undefined;
}

/** Into the workspace: the work folder, single files, and what an earlier attempt had reached. */
async function send(led: LedJob, record: JobRecord, place: Workplace): Promise<void> {
  const { observer, kept } = led;
  const signal = AbortSignal.any([led.signal, led.cancelNotice]);
  const { job, folder } = record;
  const onProgress =
    observer.onTransfer &&
    ((progress: Parameters<typeof observer.onTransfer>[1]) => observer.onTransfer?.('sending', progress));
  const options = { signal, compress: job.compresses, ...(onProgress && { onProgress }) };
  if (job.workdir?.kind === 'folder') {
    await place.transfers.upload({ from: resolve(folder, job.workdir.path), to: WORKSPACE, ...options });
  }
  for (const [path, source] of Object.entries(job.files)) {
    const to = `${WORKSPACE}/${path}`;
    if (source.kind === 'path') {
      await place.transfers.upload({ from: resolve(folder, source.path), to, ...options });
    } else {
      await using shell = await place.target.open({ signal });
      await shell.exec(`mkdir -p "\${TARGET%/*}"`, { env: { TARGET: to }, signal });
      await shell.upload(to, [Buffer.from(source.text)], { signal });
    }
  }
  const checkpoint = newestCopy(kept.checkpointsFolder(record.id));
  if (checkpoint !== undefined) {
    await place.transfers.upload({ from: checkpoint, to: WORKSPACE, ignore: false, ...options });
  }
}

/** Values of secrets go by standard input into the run's processes, and nowhere else. */
function environment({ secret }: Pick<LedJob, 'secret'>, record: JobRecord): Record<string, string> {
  const own = Object.entries(record.job.env).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (secret(value.fromEnv, record.id) ?? ''),
  ]);
  return {
    WORKSPACE,
    VASTDECK_JOB: record.id,
    VASTDECK_JOB_NAME: record.name,
    VASTDECK_ATTEMPT: String(record.attempt),
    // Python keeps what it prints until 8 kB are there, and a log that comes in lumps looks as if nothing ran.
    PYTHONUNBUFFERED: '1',
    ...Object.fromEntries(own),
  };
}
