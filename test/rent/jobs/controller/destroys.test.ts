// A destroy that the service refuses for minutes: nothing is rented beside the machine, and no job is over before it is gone.
import { expect, it } from 'vitest';
import { isOver, type Job } from '../../../../src/rent/jobs/index.ts';
import { aJobWorld, countingJob, type JobWorld, MINUTE } from './a-job-world.ts';
import { wrongAtRest } from './at-rest.ts';

interface Way {
  readonly job?: Partial<Job>;
  readonly befall?: (world: JobWorld) => void;
  readonly cancelAt?: 'booting' | 'setting-up';
  readonly ends: 'succeeded' | 'failed' | 'cancelled';
  readonly machines: number;
}

const job = countingJob();
const bidding: Partial<Job> = {
  env: { STEPS: '30' },
  resources: { ...job.resources, rental: 'interruptible' },
};
const once = { forMs: undefined, times: 1 };
const never = { forMs: undefined, times: 0 };

function outbid({ sim, clock }: JobWorld): void {
  let isDone = false;
  sim.truth.follow(({ noun, what, id }) => {
    if (isDone || noun !== 'instance' || what !== 'running') return;
    isDone = true;
    clock.setTimer(2 * MINUTE, () => sim.fail('outbid-wave', { id }));
  });
}

const WAYS: Readonly<Record<string, Way>> = {
  'ended well': { ends: 'succeeded', machines: 1 },
  failed: { job: { run: 'exit 3' }, ends: 'failed', machines: 1 },
  'failed and is tried again': {
    job: {
      run: 'if [ "$VASTDECK_ATTEMPT" = 1 ]; then exit 3; fi; mkdir -p out; echo made > out/model.txt',
      retry: { ...job.retry, error: once },
    },
    ends: 'succeeded',
    machines: 2,
  },
  'has other GPUs than were promised': {
    befall: ({ sim }) => sim.fail('wrong-gpu'),
    ends: 'succeeded',
    machines: 2,
  },
  'has other GPUs than were promised, and may not look for another machine': {
    befall: ({ sim }) => sim.fail('wrong-gpu'),
    job: { retry: { ...job.retry, no_capacity: never } },
    ends: 'failed',
    machines: 1,
  },
  'was outbid': { job: bidding, befall: outbid, ends: 'succeeded', machines: 2 },
  'was outbid and is not tried again': {
    job: { ...bidding, retry: { ...job.retry, interruption: never } },
    befall: outbid,
    ends: 'failed',
    machines: 1,
  },
  'was cancelled while it booted': { cancelAt: 'booting', ends: 'cancelled', machines: 1 },
  'was cancelled while it was set up': { cancelAt: 'setting-up', ends: 'cancelled', machines: 1 },
};

it.each(Object.entries(WAYS))('of a job that %s', async (_, {
  job: of,
  befall,
  cancelAt,
  ends,
  machines,
}) => {
  let untilMs: number | undefined;
  let refused = 0;
  await using world = await aJobWorld({
    roundTripMs: 50,
    send: (send) => async (input, init) => {
      const request = new Request(input, init);
      const isDestroy = request.method === 'DELETE' && /\/instances\/\d+\//.test(request.url);
      if (isDestroy) untilMs ??= world.clock.now() + 3 * MINUTE;
      if (!isDestroy || world.clock.now() >= (untilMs ?? 0)) return await send(request);
      refused += 1;
      return Response.json({ success: false, msg: 'try again later' }, { status: 500 });
    },
  });
  befall?.(world);
  const record = await world.submit(countingJob(of));
  const left: number[] = [];
  world.begin(record, world.process, {
    onChange: ({ id, status }) => {
      if (status === cancelAt) void world.process.jobs.cancel(id);
      if (isOver(status)) left.push(world.present().length);
    },
  });
  await world.untilStatus(record, ends);
  expect(refused).toBeGreaterThan(1);
  expect(left).toEqual([0]);
  expect(world.sim.truth.instances()).toHaveLength(machines);
  // That none lived beside another, too.
  expect(await wrongAtRest(world, [record])).toEqual([]);
});
