// What has to hold of every job that is over, whatever befell it: asked of the simulator's truth, not of our records.
import { readEventsSince } from '../../../../src/base/store/index.ts';
import { isOver, type JobRecord } from '../../../../src/rent/jobs/index.ts';
import type { JobProcess, JobWorld } from './a-job-world.ts';

/** The service tells charges in tenths of a cent, row by row: GPU, disk and two ways of traffic of an instance. */
const ROUNDING_USD = 4 * 0.0005;

/** All that is wrong, in sentences; empty when all is right. Lets bills come in first. */
export async function wrongAtRest(
  world: JobWorld,
  records: readonly JobRecord[],
  by: JobProcess = world.process,
): Promise<readonly string[]> {
  const { sim } = world;
  const wrong: string[] = [];
  for (const { instanceId } of world.present()) wrong.push(`instance ${instanceId} is still there`);
  const lives = new Map(sim.truth.instances().map((one) => [one.instanceId, one]));
  const destroyed = firstDestroyed(world);
  const ours = new Set<number>();
  for (const record of records) {
    const now = await world.get(record);
    if (!isOver(now.status)) wrong.push(`${now.name} is ${now.status}: ${now.reason}`);
    const rentals = await by.rentals.list({ account: record.account, need: `job ${record.id}` });
    const spans: { readonly id: number; readonly from: number; readonly to: number }[] = [];
    for (const { id } of rentals) {
      for (const { instanceId } of await by.rentals.attempts(id)) {
        if (instanceId === undefined || ours.has(instanceId)) continue;
        ours.add(instanceId);
        const from = lives.get(instanceId)?.createdMs ?? Number.NaN;
        spans.push({ id: instanceId, from, to: destroyed.get(instanceId) ?? Number.POSITIVE_INFINITY });
      }
    }
    spans.sort((a, b) => a.from - b.from);
    for (const [at, span] of spans.entries()) {
      const next = spans[at + 1];
      if (next && next.from < span.to)
        wrong.push(`instances ${span.id} and ${next.id} of ${now.name} lived at the same time`);
    }
  }
  for (const id of lives.keys()) if (!ours.has(id)) wrong.push(`instance ${id} belongs to no rental`);
  await world.settle(by);
  const bill = sim.truth.charges().reduce((sum, { amountUsd }) => sum + amountUsd, 0);
  const [total] = await by.ledger.costs({ by: 'total' });
  const spent = (total?.spent ?? 0) / 1e6;
  if (Math.abs(bill - spent) > ROUNDING_USD * (lives.size + 1))
    wrong.push(`the ledger says $${spent}, the bill is $${bill}`);
  for (const [group, { budget, sum }] of await groupsOf(records, by)) {
    if (budget !== undefined && sum > budget) wrong.push(`${group} has spent ${sum} of its budget ${budget}`);
  }
  return wrong;
}

/** When each instance was first destroyed: from then on it is the service's. */
function firstDestroyed({ sim }: JobWorld): ReadonlyMap<number, number> {
  const at = new Map<number, number>();
  for (const { noun, id, what, atMs } of sim.truth.log()) {
    if (noun === 'instance' && what === 'destroyed' && !at.has(id)) at.set(id, atMs);
  }
  return at;
}

async function groupsOf(records: readonly JobRecord[], by: JobProcess) {
  const costs = await by.ledger.costs({ by: 'job' });
  return new Map(
    records.map(({ group, job }) => [
      group,
      { budget: job.budget, sum: costs.find(({ value }) => value === group)?.spent ?? 0 },
    ]),
  );
}

/** Steps that a kept log tells of, in order. */
export function stepsIn(log: string): readonly number[] {
  return [...log.matchAll(/^step (\d+)\//gm)].map((found) => Number(found[1]));
}

/** From one step to another, each once. */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The reasons of a job's changes, oldest first. */
export async function reasonsOf(world: JobWorld, record: JobRecord): Promise<readonly string[]> {
  const events = await readEventsSince(world.store.db, 0, { noun: 'job', id: record.id });
  return events.map(({ status, reason }) => `${status}: ${reason}`);
}
