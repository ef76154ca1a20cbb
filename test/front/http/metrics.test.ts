// Goal: what Prometheus is told is of now and whole: nothing of what is gone, and what could not be read is missing and said
// to be.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countingJob } from '../../rent/jobs/controller/a-job-world.ts';
import { anHttpWorld, type HttpWorld, PART } from './http-world.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

let world: HttpWorld;
beforeAll(async () => {
  world = await anHttpWorld({
    parts: () => [
      PART,
      { ...PART, name: 'jobs', status: 'failing', restarts: 3, lastGoodAtMs: null },
      { ...PART, name: 'heartbeat', status: 'off' },
    ],
  });
});
afterAll(() => world[Symbol.asyncDispose]());

/** By name and labels as they stand there. */
async function series(of: HttpWorld = world): Promise<Map<string, number>> {
  const text = await of.client.metrics();
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}

describe('a scrape', () => {
  it('tells what runs and what it costs, and nothing of it once it is gone', async () => {
    const { process: ours } = world.world;
    const live = <T>(work: Promise<T>) => world.world.live(work);
    await live(ours.rentBox('lab "x"\\\n'));
    await live(ours.controller.round());
    await world.world.submit(countingJob({ name: 'counted' }));
    await ours.ledger.setCap({ scope: 'total', window: 'day', limit: 5_000_000 as never, setBy: 'a test' });
    const during = await series();
    expect(during.get('vastdeck_rentals{status="booting"}')).toBe(1);
    expect(during.get('vastdeck_jobs{status="queued"}')).toBe(1);
    expect(during.get('vastdeck_burn_dollars_per_hour')).toBeGreaterThan(0);
    expect(during.get('vastdeck_cap_dollars{scope="total",of="",window="day"}')).toBe(5);
    const priced = [...during.keys()].filter((name) => name.startsWith('vastdeck_instance_dollars_per_hour'));
    expect(priced).toHaveLength(1);
    expect(priced[0]).toContain('name="lab \\"x\\"\\\\\\n"');
    const parked = await ours.rentals.list({ isLive: true });
    for (const rental of parked) await ours.ender.park(rental, 'a test');
    await world.world.pass(48 * 3_600_000);
    await world.world.settle();
    const after = await series();
    expect([...after.keys()].filter((name) => name.startsWith('vastdeck_instance'))).toEqual([]);
    expect([...after.keys()].filter((name) => name.startsWith('vastdeck_rentals'))).toEqual([]);
    expect(after.get('vastdeck_burn_dollars_per_hour')).toBe(0);
  });

  it('tells of parts that run, with their last success; of one that never had any only that it is not up', async () => {
    const found = await series();
    expect(found.get('vastdeck_part_up{part="rentals"}')).toBe(1);
    expect(found.get('vastdeck_part_up{part="jobs"}')).toBe(0);
    expect(found.get('vastdeck_part_restarts_total{part="jobs"}')).toBe(3);
    expect(found.get('vastdeck_part_last_success_timestamp_seconds{part="rentals"}')).toBe(1);
    expect(found.has('vastdeck_part_last_success_timestamp_seconds{part="jobs"}')).toBe(false);
    expect(found.has('vastdeck_part_up{part="heartbeat"}')).toBe(false);
  });

  it('says which source it lacks when one cannot be read, and has the others', async () => {
    await using broken = await anHttpWorld({
      deps: {
        latestPoll: () => {
          throw new Error('no');
        },
      },
    });
    const found = await series(broken);
    expect(found.get('vastdeck_scrape_source_complete{source="market"}')).toBe(0);
    expect(found.get('vastdeck_scrape_source_complete{source="account"}')).toBe(1);
    expect(found.has('vastdeck_market_poll_offers')).toBe(false);
    expect(found.has('vastdeck_burn_dollars_per_hour')).toBe(true);
  });

  it('may be made by several at once', async () => {
    const texts = await Promise.all(Array.from({ length: 20 }, () => world.client.metrics()));
    for (const text of texts) expect(text.match(/^# TYPE vastdeck_part_up gauge$/gm)).toHaveLength(1);
  });

  it.skipIf(!hasPromtool)('passes promtool without a word', async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await world.client.metrics(),
      encoding: 'utf8',
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });
});
