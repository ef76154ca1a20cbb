// The smaller reads: the account, and the service's figures of the market.

import { MalformedAnswerError, UnauthorizedError } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { failureOf, json, scriptedService, settle } from './scripted-service.ts';

describe('the current user', () => {
  it('has the money of both sides, and nothing of the key that the service repeats', async () => {
    const answer = {
      id: 7,
      username: 'ada',
      email: 'ada@example.org',
      credit: 12.5,
      balance: 0,
      api_key: 'secret-key',
    };
    const { client, clock, seen } = scriptedService([json(answer)]);
    expect(await settle(clock, client.users.current())).toEqual({
      id: 7,
      username: 'ada',
      email: 'ada@example.org',
      creditUsd: 12.5,
      balanceUsd: 0,
    });
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: 'https://console.vast.ai/api/v0/users/current/',
      body: '',
    });
  });

  it('without an id is malformed', async () => {
    const { client, clock } = scriptedService([json({ username: 'ada' })]);
    expect(await failureOf(clock, client.users.current())).toBeInstanceOf(MalformedAnswerError);
  });
});

describe('market metrics', () => {
  it('of now are asked for all by default and translated', async () => {
    const row = {
      gpu_name: 'RTX 4090',
      total: 4446,
      rented_verified: 3789,
      usage: 93.9,
      price_median: 0.39,
      price_p10: null,
    };
    const { client, clock, seen } = scriptedService([json({ success: true, gpus: [row] })]);
    const [metrics] = await settle(clock, client.metrics.gpuCurrent());
    expect(metrics).toMatchObject({
      gpuName: 'RTX 4090',
      total: 4446,
      rentedVerified: 3789,
      usagePercent: 93.9,
      priceMedian: 0.39,
      priceP10: null,
      availableVerified: null,
    });
    expect(seen[0]?.url).toBe(
      'https://console.vast.ai/api/v0/metrics/gpu/current/?verified=all&hosting_type=all&num_gpus=all',
    );
  });

  it('of the past are asked by name and step, as the official CLI asks', async () => {
    const history = {
      supply_demand: { timestamps: [1, 2], rented_verified: [3, null] },
      pricing: { timestamps: [1, 2], rented_median: [0.3, 0.4] },
    };
    for (const gpus of [{ 'RTX 4090': history }, history]) {
      const { client, clock, seen } = scriptedService([json({ success: true, gpus })]);
      const request = { gpuNames: ['RTX 4090'], stepMs: 3_600_000, startMs: 1_000_000 };
      expect(await settle(clock, client.metrics.gpuHistory(request))).toEqual([
        { gpuName: 'RTX 4090', supplyDemand: history.supply_demand, pricing: history.pricing },
      ]);
      expect(seen[0]?.url).toBe(
        'https://console.vast.ai/api/v0/metrics/gpu/history/?gpu_name=RTX+4090&verified=all&hosting_type=all&num_gpus=all&start=1000&step=3600',
      );
    }
  });

  it('of places are translated', async () => {
    const row = {
      latitude: 59.3,
      longitude: 18.1,
      city: 'Stockholm',
      country_code: 'SE',
      gpu_name: 'H100 SXM',
      rented: 1,
      verified: true,
      datacenter: false,
      num_gpus: 8,
    };
    const { client, clock } = scriptedService([json({ success: true, locations: [row] })]);
    expect(await settle(clock, client.metrics.gpuLocations())).toEqual([
      {
        gpuName: 'H100 SXM',
        latitude: 59.3,
        longitude: 18.1,
        city: 'Stockholm',
        countryCode: 'SE',
        isRented: true,
        isVerified: true,
        isDatacenter: false,
        numGpus: 8,
      },
    ]);
  });

  it('for a host without machines are empty, and for others unauthorised', async () => {
    for (const gpus of [[], {}]) {
      const { client, clock } = scriptedService([json({ success: true, gpus, needs_machine: true })]);
      expect(await settle(clock, client.metrics.gpuCurrent())).toEqual([]);
      expect(await settle(clock, client.metrics.gpuHistory())).toEqual([]);
    }
    const { client, clock } = scriptedService([json({ success: false, msg: 'host only' }, { status: 401 })]);
    expect(await failureOf(clock, client.metrics.gpuLocations())).toBeInstanceOf(UnauthorizedError);
  });

  it('without their list are malformed', async () => {
    for (const read of ['gpuCurrent', 'gpuLocations'] as const) {
      const { client, clock } = scriptedService([json({ success: true })]);
      expect(await failureOf(clock, client.metrics[read]())).toBeInstanceOf(MalformedAnswerError);
    }
  });
});
