import { describe, expect, it } from 'vitest';
import type { TruthEvent } from '../../../src/sim/truth-log.ts';
import { aRenter, type Renter } from './a-renter.ts';

interface Begun {
  readonly gb: number;
  readonly until_ms: number;
}

const MINUTE = 60_000;

/** Two instances on different machines whose hosts charge for traffic. */
async function two(): Promise<{ renter: Renter; from: number; to: number }> {
  const renter = aRenter({ offers: 1_000 });
  const offers = await renter.search({
    rentable: { eq: true },
    inet_up_cost: { gt: 0 },
    inet_down_cost: { gt: 0 },
    disk_space: { gte: 60 },
    limit: 2,
  });
  const [from, to] = [
    await renter.rented(offers[0]?.id ?? 0, { disk: 50 }),
    await renter.rented(offers[1]?.id ?? 0, { disk: 50 }),
  ];
  await renter.until(from, ({ actual }) => actual === 'running');
  await renter.until(to, ({ actual }) => actual === 'running');
  return { renter, from, to };
}

const body = (from: number | string | null, to: number | string | null, changes = {}) => ({
  client_id: 'me',
  src_id: from === null ? null : String(from),
  dst_id: to === null ? null : String(to),
  src_path: '/workspace/',
  dst_path: '/workspace/',
  ...changes,
});

const traffic = ({ sim }: Renter) =>
  sim.truth.log().filter(({ noun, what }) => noun === 'charge' && what.startsWith('bw'));

describe('a copy between instances', () => {
  it('takes its time, and then both ends have paid for the same traffic', async () => {
    const { renter, from, to } = await two();
    const answer = await renter.put('/api/v0/commands/copy_direct/', body(from, to));
    expect(answer).toMatchObject({ status: 200, body: { success: true, msg: expect.any(String) } });
    const begun = renter.sim.truth.log().find(({ what, id }) => what === 'copy_begun' && id === from);
    const { gb, until_ms: untilMs } = (begun as TruthEvent).data as unknown as Begun;
    const [up, down] = [await renter.row(from), await renter.row(to)];
    const mbps = Math.min(Number(up?.inet_up), Number(down?.inet_down));
    expect(untilMs - renter.clock.now()).toBeGreaterThan((gb * 8_000_000) / mbps);
    await renter.clock.step(untilMs - renter.clock.now() - 1);
    expect(traffic(renter)).toEqual([]);
    await renter.clock.step(1);
    expect(traffic(renter).map(({ what, id, data }) => [what, id, data.quantity, data.price])).toEqual([
      ['bwu', from, gb, up?.inet_up_cost],
      ['bwd', to, gb, down?.inet_down_cost],
    ]);
    expect(renter.log(to)).toContain('copied');
  });

  it('works while they are stopped, and by their names', async () => {
    const { renter, from, to } = await two();
    await renter.put('/api/v0/instances/', { state: 'stopped', ids: [from, to] });
    const answer = await renter.put('/api/v0/commands/copy_direct/', body(`C.${from}`, `C.${to}`));
    expect(answer.body.success).toBe(true);
    expect(renter.log(from)).toContain('copy_begun');
  });

  it('bills what went through before it was cancelled', async () => {
    const { renter, from, to } = await two();
    await renter.put('/api/v0/commands/copy_direct/', body(from, to));
    const begun = renter.sim.truth.log().find(({ what, id }) => what === 'copy_begun' && id === from);
    const { gb, until_ms: untilMs } = (begun as TruthEvent).data as unknown as Begun;
    await renter.clock.step((untilMs - renter.clock.now()) / 2);
    const cancel = { client_id: 'me', dst_id: String(to) };
    expect((await renter.send('DELETE', '/api/v0/commands/copy_direct/', cancel)).body.success).toBe(true);
    expect(traffic(renter)[0]?.data.quantity).toBeCloseTo(gb / 2, 2);
    await renter.wait(60 * MINUTE);
    expect(traffic(renter)).toHaveLength(2);
    expect(renter.log(to)).toContain('copy_cut_off');
  });

  it('is cut off when an end is destroyed', async () => {
    const { renter, from, to } = await two();
    await renter.put('/api/v0/commands/copy_direct/', body(from, to));
    await renter.send('DELETE', `/api/v0/instances/${to}/`);
    await renter.wait(60 * MINUTE);
    expect(renter.log(from)).toContain('copy_cut_off');
    expect(renter.log(to)).not.toContain('copied');
  });

  it.each([
    ['/', 400],
    ['/root', 400],
    ['/root/', 400],
    ['/root/data', 200],
    ['', 400],
  ])('to the folder "%s" is answered with %i', async (path, status) => {
    const { renter, from, to } = await two();
    const answer = await renter.put('/api/v0/commands/copy_direct/', body(from, to, { dst_path: path }));
    expect(answer.status).toBe(status);
  });

  it.each([
    ['local', 'local', 400],
    [null, null, 400],
    ['4242', 'local', 404],
    ['V.12', 'local', 404],
    ['nonsense!', 'local', 400],
  ])('from %s to %s is answered with %i', async (from, to, status) => {
    const { renter } = await two();
    expect((await renter.put('/api/v0/commands/copy_direct/', body(from, to))).status).toBe(status);
  });
});

describe('a copy from or to the caller’s computer', () => {
  it('gets the address of the machine, in either direction and by either route', async () => {
    const { renter, from } = await two();
    const row = await renter.row(from);
    const address = [row?.public_ipaddr, row?.machine_dir_ssh_port];
    const out = await renter.put('/api/v0/commands/copy_direct/', body(`C.${from}`, 'local'));
    expect([out.body.src_addr, out.body.src_port]).toEqual(address);
    const back = await renter.put('/api/v0/commands/rsync/', body(null, `C.${from}`));
    expect([back.body.dst_addr, back.body.dst_port]).toEqual(address);
    expect(back.body.success).toBe(true);
    expect(renter.log(from)).not.toContain('copy_begun');
    const cancel = await renter.send('DELETE', '/api/v0/commands/rsync/', { dst_id: String(from) });
    expect(cancel.body.success).toBe(true);
  });
});

describe('a copy to the cloud', () => {
  const cloud = (id: number, changes = {}) => ({
    src: '/folder',
    dst: '/workspace',
    instance_id: String(id),
    selected: '1001',
    transfer: 'Instance To Cloud',
    flags: [],
    ...changes,
  });

  it('bills one end, and answers with a result', async () => {
    const { renter, from } = await two();
    const { body: answer } = await renter.send('POST', '/api/v0/commands/rclone/', cloud(from));
    expect(Object.keys(answer)).toEqual(['success', 'msg', 'result_url']);
    await renter.send('POST', '/api/v0/commands/rclone/', cloud(from, { transfer: 'Cloud To Instance' }));
    await renter.wait(6 * 60 * MINUTE);
    expect(
      traffic(renter)
        .map(({ what }) => what)
        .sort(),
    ).toEqual(['bwd', 'bwu']);
    expect((await renter.sim.fetch(String(answer.result_url))).status).toBe(200);
  });

  it.each([
    [{ transfer: 'Sideways' }, 400],
    [{ selected: null }, 400],
    [{ instance_id: '4242' }, 404],
    [{ transfer: 'Cloud To Instance', dst: '/root' }, 400],
  ])('with %o is answered with %i', async (changes, status) => {
    const { renter, from } = await two();
    expect((await renter.send('POST', '/api/v0/commands/rclone/', cloud(from, changes))).status).toBe(status);
  });
});
