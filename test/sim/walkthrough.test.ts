// The steps that the guide has a person follow, on a stepped clock: rent an interruptible instance, train, be outbid,
// come back, destroy; and the bill adds up.
import { expect, it } from 'vitest';
import { SteppedClock } from '../../src/base/std/index.ts';
import { createSim, twinInside } from '../../src/sim/index.ts';
import { trainingRun } from '../../src/sim/twin/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BID = 0.06;
const DISK_GB = 20;

it('rent, train, be outbid, resume, destroy: every cent of the bill is a meter that ran', async () => {
  const clock = new SteppedClock();
  const python3 = trainingRun({ steps: 100_000, stepMs: 1_000, checkpointEverySteps: 0 });
  const sim = createSim(
    { seed: 7, clock, offers: 400 },
    await twinInside({ clock, seed: 7, programs: () => ({ python3 }) }),
  );
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai/api/v0/${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const { offers } = await call('POST', 'bundles/', {
    type: 'bid',
    num_gpus: { eq: 1 },
    direct_port_count: { gte: 1 },
    rentable: { eq: true },
    verified: { eq: true },
    order: [['dph_total', 'asc']],
    limit: 1,
    allocated_storage: DISK_GB,
  });
  const [offer] = offers as { id: number; min_bid: number; storage_cost: number }[];
  expect(offer?.min_bid).toBeLessThan(BID);
  const { new_contract: created } = await call('PUT', `asks/${offer?.id}/`, {
    image: 'pytorch/pytorch:latest',
    disk: DISK_GB,
    price: BID,
    runtype: 'ssh_direc ssh_proxy',
  });
  const id = created as number;
  const state = async () =>
    ((await call('GET', `instances/${id}/`)).instances as { actual_status: string } | null)?.actual_status;

  await clock.step(10 * MINUTE);
  expect(await state()).toBe('running');
  const shell = await sim.shell(id);
  const train = 'cd $WORKSPACE; setsid nohup python3 train.py >> loss.log 2>&1 < /dev/null & echo started';
  await shell.exec(train);
  await clock.step(HOUR);
  expect((await shell.exec('tail -n 1 $WORKSPACE/loss.log')).stdout).toMatch(/^step 3600\/100000 loss \d/);

  sim.fail('outbid-wave', { id });
  await clock.step(MINUTE);
  expect(await state()).toBe('stopped');
  await expect(sim.shell(id)).rejects.toThrow('does not run');

  await clock.step(4 * HOUR);
  expect(await state()).toBe('running');
  const again = await sim.shell(id);
  expect((await again.exec('tail -n 1 $WORKSPACE/loss.log')).stdout).toMatch(/^step 36\d\d\/100000 loss \d/);
  await again.exec(train);
  await clock.step(30 * MINUTE);
  await call('DELETE', `instances/${id}/`, {});
  expect(await state()).toBeUndefined();

  // When it ran and when it was there, from the log; what that costs, from the bid and the price of the disk.
  const at = (what: string) =>
    sim.truth
      .log()
      .filter((event) => event.noun === 'instance' && event.id === id && event.what === what)
      .map(({ atMs }) => atMs);
  const [bootedMs = 0, resumedMs = 0] = at('running');
  const [outbidMs = 0] = at('outbid');
  const [createdMs = 0] = at('created');
  const [destroyedMs = 0] = at('destroyed');
  const ranHours = (outbidMs - bootedMs + destroyedMs - resumedMs) / HOUR;
  const gpuUsd = ranHours * BID;
  const diskUsd = ((destroyedMs - createdMs) / HOUR) * ((DISK_GB * (offer?.storage_cost ?? 0)) / 720);
  const sumOf = (kind?: string) =>
    sim.truth
      .charges({ instanceId: id })
      .filter((charge) => kind === undefined || charge.kind === kind)
      .reduce((sum, { amountUsd }) => sum + amountUsd, 0);
  expect(ranHours).toBeGreaterThan(1.5);
  expect(sumOf('gpu')).toBeCloseTo(gpuUsd, 9);
  expect(sumOf('disk')).toBeCloseTo(diskUsd, 9);
  expect(sumOf()).toBeCloseTo(gpuUsd + diskUsd, 9);
  expect((await call('GET', 'users/current/')).credit).toBeCloseTo(100 - gpuUsd - diskUsd, 6);
  const day = clock.now() / 1_000;
  const filters = encodeURIComponent(JSON.stringify({ day: { gte: day - 86_400, lte: day } }));
  const { results } = await call('GET', `charges?select_filters=${filters}`);
  expect((results as { amount: number }[])[0]?.amount).toBeCloseTo(gpuUsd + diskUsd, 3);
  await sim.close();
  expect(clock.pendingTimers).toBe(0);
});
