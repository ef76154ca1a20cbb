// Instances of an in-process world with a twin inside: entered without a socket, alive only while the instance is, and
// struck by the faults that strike real ones.
import {
  AuthRefusedError,
  ConnectionLostError,
  ConnectRefusedError,
  ConnectTimeoutError,
} from 'vastdeck/ssh';
import { expect, it } from 'vitest';
import { SteppedClock } from '../../src/base/std/index.ts';
import { createSim, twinInside } from '../../src/sim/index.ts';
import { trainingRun } from '../../src/sim/twin/index.ts';

const HOUR = 3_600_000;

async function aWorld() {
  const clock = new SteppedClock();
  const python3 = trainingRun({ steps: 10_000, stepMs: 1_000, checkpointEverySteps: 0 });
  const sim = createSim(
    { seed: 'twins', clock, offers: 300, intervalFactor: 0 },
    await twinInside({ clock, seed: 'twins', programs: () => ({ python3 }) }),
  );
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sim.fetch(`https://console.vast.ai/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${sim.apiKey}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const { offers } = await call('POST', '/bundles/', {
    rentable: { eq: true },
    order: [['dph_total', 'asc']],
    limit: 1,
  });
  const rent = async (body: object) => {
    const [offer] = offers as { id: number }[];
    const base = { image: 'pytorch/pytorch:latest', disk: 10, runtype: 'ssh' };
    const { new_contract: id } = await call('PUT', `/asks/${offer?.id}/`, { ...base, ...body });
    return id as number;
  };
  return { clock, sim, call, rent };
}

/** A call that waits on the stepped clock. */
async function within<T>(clock: SteppedClock, ms: number, waiting: Promise<T>): Promise<T> {
  waiting.catch(() => {});
  await clock.step(ms);
  return await waiting;
}

it('a twin is entered while its instance runs, keeps its disk over a stop, and is gone with it', async () => {
  const { clock, sim, call, rent } = await aWorld();
  const id = await rent({ env: { COLOUR: 'blue' } });
  await expect(sim.shell(id)).rejects.toThrow(ConnectRefusedError);
  await clock.step(HOUR);
  const shell = await sim.shell(id);
  expect((await shell.exec('echo $CONTAINER_ID $COLOUR; echo kept > $WORKSPACE/file')).stdout).toBe(
    `${id} blue\n`,
  );
  const { instances } = await call('GET', `/instances/${id}/`);
  expect((instances as { ports: object }).ports).toHaveProperty('22/tcp');
  await call('PUT', `/instances/${id}/`, { state: 'stopped' });
  await clock.step(60_000);
  await expect(shell.exec('true')).rejects.toThrow(ConnectionLostError);
  await expect(sim.shell(id)).rejects.toThrow(ConnectRefusedError);
  await call('PUT', `/instances/${id}/`, { state: 'running' });
  await clock.step(HOUR);
  const again = await sim.shell(id);
  expect((await again.exec('cat $WORKSPACE/file')).stdout).toBe('kept\n');
  await call('DELETE', `/instances/${id}/`, {});
  await clock.step(60_000);
  await expect(sim.shell(id)).rejects.toThrow(ConnectRefusedError);
  await sim.close();
  expect(clock.pendingTimers).toBe(0);
});

it('what an instance starts with runs in its twin on the clock, and its output is its log', async () => {
  const { clock, sim, call, rent } = await aWorld();
  const id = await rent({ onstart: 'python3 train.py' });
  await clock.step(HOUR);
  const { result_url: address } = await call('PUT', `/instances/request_logs/${id}/`, {});
  await clock.step(10_000);
  const text = await (await sim.fetch(String(address))).text();
  expect(text).toMatch(/step 1000\/10000 loss \d\.\d+/);
  await sim.close();
  expect(clock.pendingTimers).toBe(0);
});

it('a twin is struck by the faults of real machines', async () => {
  const { clock, sim, call, rent } = await aWorld();
  const id = await rent({});
  await clock.step(HOUR);
  const shell = await sim.shell(id);
  sim.fail('stuck-tunnel', { id });
  await clock.untilIdle();
  await expect(shell.exec('true')).rejects.toThrow(ConnectionLostError);
  await expect(within(clock, 30_000, sim.shell(id))).rejects.toThrow(ConnectTimeoutError);
  await call('PUT', `/instances/reboot/${id}/`, {});
  await clock.step(60_000);
  const after = await sim.shell(id);
  sim.fail('disk-full', { id });
  await clock.untilIdle();
  expect((await after.exec('echo much > more')).code).not.toBe(0);
  sim.fail('key-refused', { id });
  await clock.untilIdle();
  await expect(sim.shell(id)).rejects.toThrow(AuthRefusedError);
  await sim.close();
});

it('a simulation without twins says so, and nobody knows an instance that never was', async () => {
  const { sim } = await aWorld();
  await expect(sim.shell(1)).rejects.toThrow('There is no instance 1');
  const bare = createSim({ seed: 1, clock: new SteppedClock(), offers: 50 });
  await expect(bare.shell(1)).rejects.toThrow('There is no instance 1');
  expect(() => bare.setGpuLoad(1, { state: 'idle' })).toThrow('There is no instance 1');
});

it('the same seed and the same steps make the same truth, byte by byte, with twins inside', async () => {
  const lived = async () => {
    const { clock, sim, rent } = await aWorld();
    const id = await rent({ onstart: 'python3 train.py', price: 5 });
    await clock.step(HOUR);
    const shell = await sim.shell(id);
    const { stdout } = await shell.exec('tail -n 1 /var/log/onstart.log');
    sim.fail('outbid-wave', { id });
    await clock.step(4 * HOUR);
    await sim.close();
    return `${stdout}\n${JSON.stringify(sim.truth.log())}`;
  };
  const first = await lived();
  expect(first).toMatch(/^step \d+\/10000 /);
  expect(first).toContain('"outbid"');
  expect(await lived()).toBe(first);
});
