// Renting without one offer's id: several at once, and what a search finds.
import { describe, expect, it } from 'vitest';
import { aRenter, CREATE_BODY, type Json } from './a-renter.ts';

describe('renting several at once', () => {
  it('rents what can be had and says for each how it went', async () => {
    const renter = aRenter();
    const [first, second] = [await renter.anOffer(1), await renter.anOffer(2)];
    const { status, body } = await renter.send('POST', '/api/v0/asks/bulk/', {
      ...CREATE_BODY,
      image: 'x',
      ids: [first.id, 31_000_002, second.id],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      results: [
        { ask_id: first.id, success: true, new_contract: 20_000_001 },
        { ask_id: 31_000_002, success: false, error: 'no_such_ask' },
        { ask_id: second.id, success: true, new_contract: 20_000_002 },
      ],
    });
    expect(renter.sim.truth.instances().map(({ gpuIds }) => gpuIds.length)).toEqual([1, 2]);
  });

  it('refuses more than 64, or none', async () => {
    const renter = aRenter();
    const ids = Array.from({ length: 65 }, (_, index) => 31_000_000 + index);
    expect((await renter.send('POST', '/api/v0/asks/bulk/', { image: 'x', ids })).status).toBe(400);
    expect((await renter.send('POST', '/api/v0/asks/bulk/', { image: 'x', ids: ids.slice(1) })).status).toBe(
      200,
    );
    expect((await renter.send('POST', '/api/v0/asks/bulk/', { image: 'x', ids: [] })).status).toBe(400);
    expect((await renter.send('POST', '/api/v0/asks/bulk/', { image: 'x' })).status).toBe(400);
  });
});

describe('launching by a search', () => {
  /** As `launch instance -g NAME -n 1 -i pytorch/pytorch` sends it. */
  const launch = (gpuName: string, changes: Json = {}) => ({
    image: 'pytorch/pytorch',
    disk: 16,
    q: {
      rentable: { eq: true },
      rented: { eq: false },
      num_gpus: { eq: '1' },
      gpu_name: { eq: gpuName },
      disk_space: { gte: '16.0' },
      order: [['dph_total', 'asc']],
      type: 'on-demand',
      limit: 3,
      allocated_storage: 16,
    },
    env: {},
    label: null,
    cancel_unavail: false,
    template_hash_id: null,
    runtype: 'ssh',
    ...changes,
  });

  it('rents the best offer that the query finds', async () => {
    const renter = aRenter();
    const offer = await renter.anOffer();
    const { status, body } = await renter.put('/api/v0/launch_instance/', launch(offer.gpu_name));
    expect([status, body.success]).toEqual([200, true]);
    expect(await renter.row(body.new_contract as number)).toMatchObject({
      gpu_name: offer.gpu_name,
      num_gpus: 1,
      disk_space: 16,
    });
  });

  it('says so when nothing is found, and when the query is none', async () => {
    const renter = aRenter();
    expect(await renter.put('/api/v0/launch_instance/', launch('No Such GPU'))).toMatchObject({
      status: 404,
      body: { error: 'invalid_query' },
    });
    expect(
      await renter.put('/api/v0/launch_instance/', launch('x', { q: { nonsense: { eq: 1 } } })),
    ).toMatchObject({ status: 400, body: { error: 'invalid_query' } });
    expect((await renter.put('/api/v0/launch_instance/', launch('x', { q: null }))).status).toBe(400);
    expect(renter.sim.truth.instances()).toEqual([]);
  });
});
