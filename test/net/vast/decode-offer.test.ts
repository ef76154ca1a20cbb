// From the rows of a search answer to offers.

import { MalformedAnswerError, makeOfferQuery } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { anOfferRow } from './offer-rows.ts';
import { failureOf, json, raw, scriptedService, settle } from './scripted-service.ts';

async function search(rows: readonly unknown[]) {
  const { client, clock, log } = scriptedService([json({ offers: rows })]);
  const answer = await settle(clock, client.offers.search(makeOfferQuery()));
  return { ...answer, warnings: log.filter(({ level }) => level === 'warn') };
}

describe('an offer', () => {
  it('is translated with every number unchanged', async () => {
    const { offers, faults } = await search([anOfferRow()]);
    expect(faults).toEqual([]);
    expect(offers).toEqual([
      {
        id: 31_000_001,
        machineId: 7_001,
        hostId: 4_001,
        bundleId: 990_001,
        bundledCount: null,
        gpuName: 'RTX 4090',
        gpuArch: 'nvidia',
        numGpus: 2,
        gpuFrac: 0.25,
        gpuIds: [5001, 5002],
        gpuRamMb: 24_564,
        gpuTotalRamMb: 49_128,
        gpuMemoryGbPerSecond: 3_400.1,
        gpuLanes: 16,
        gpuMaxPowerWatts: 450,
        gpuMaxTempCelsius: 88,
        isGpuDisplayActive: false,
        nvlinkGbPerSecond: 0,
        computeCap: 890,
        cudaMax: 12.8,
        driverVersion: '570.86.15',
        dlperf: 211.5,
        totalTflops: 165.2,
        pricePerHour: 0.7913580246913581,
        gpuPricePerHour: 0.7777777777777778,
        minBidPerHour: 0.41,
        reservedPricePerHour: 0.7123,
        reservedDiscountRatio: 0.1,
        maxDiscountRatio: 0.4,
        storagePricePerGbMonth: 0.14933333333333335,
        uploadPricePerGb: 0.003,
        downloadPricePerGb: 0.002,
        cpuName: 'AMD EPYC 7B13',
        cpuArch: 'amd64',
        cpuCores: 64,
        cpuCoresEffective: 16,
        cpuGhz: 3.1,
        cpuRamMb: 257_000,
        hasAvx: true,
        diskSpaceGb: 812.25,
        diskMbPerSecond: 2_500.5,
        diskName: 'nvme',
        pciGeneration: 4,
        pcieGbPerSecond: 24.5,
        mainboardName: 'H12SSL',
        osVersion: '22.04',
        uploadMbitPerSecond: 800.5,
        downloadMbitPerSecond: 900.5,
        publicIp: '198.18.0.7',
        hasStaticIp: true,
        directPortCount: 99,
        geolocation: 'Sweden, SE',
        countryCode: 'SE',
        hostingType: 0,
        reliability: 0.9931,
        verification: 'verified',
        verified: true,
        deverified: false,
        hasVirtualMachines: false,
        rentable: true,
        rented: false,
        external: null,
        startedAtSec: 1_790_000_000.5,
        endsAtSec: 1_800_000_000.25,
        remainingSec: 864_000.5,
        score: 411.5,
      },
    ]);
  });

  it('with nothing but its identity has nulls for the rest', async () => {
    const { offers } = await search([{ id: 1, machine_id: 2, gpu_name: 'RTX 4090' }]);
    const { id, machineId, gpuName, verified, deverified, ...rest } = offers[0] as (typeof offers)[number];
    expect([id, machineId, gpuName, verified, deverified]).toEqual([1, 2, 'RTX 4090', false, false]);
    expect(Object.values(rest)).toEqual(Object.values(rest).map(() => null));
  });

  it.each([
    [{ verification: 'verified' }, ['verified', true, false]],
    [{ verification: 'unverified' }, ['unverified', false, false]],
    [{ verification: 'deverified' }, ['deverified', false, true]],
    [{ verification: 'verified', is_vm_deverified: true }, ['verified', true, true]],
    [{ verification: undefined, verified: true }, [null, true, false]],
    [{ verification: 'paused' }, ['unknown', false, false]],
  ])('with %j has the flags %j', async (fields, flags) => {
    const { offers } = await search([anOfferRow(fields)]);
    const [offer] = offers;
    expect([offer?.verification, offer?.verified, offer?.deverified]).toEqual(flags);
  });

  it.each([
    ['South Korea, KR', 'KR'],
    [', CN', 'CN'],
    ['US', 'US'],
    ['Atlantis', null],
    [null, null],
  ])('at "%s" is in the country %s', async (geolocation, countryCode) => {
    expect((await search([anOfferRow({ geolocation })])).offers[0]?.countryCode).toBe(countryCode);
  });

  it('keeps 0 and the highest price, external as 0 or 1, and an id under its other name', async () => {
    const { offers } = await search([
      anOfferRow({ dph_total: 0, dph_base: 10_000, external: 1, id: undefined, reliability2: undefined }),
    ]);
    expect(offers[0]).toMatchObject({
      id: 31_000_001,
      pricePerHour: 0,
      gpuPricePerHour: 10_000,
      external: true,
      reliability: 0.9912,
    });
  });
});

describe('a row that cannot be trusted', () => {
  it.each([
    [{ dph_total: -0.01 }, 'dph_total', 'negative'],
    [{ dph_total: 10_000.01 }, 'dph_total', 'absurd'],
    [{ dph_total: 'cheap' }, 'dph_total', 'not-a-number'],
    [{ dph_base: -1 }, 'dph_base', 'negative'],
    [{ min_bid: 1e9 }, 'min_bid', 'absurd'],
    [{ storage_cost: -0.1 }, 'storage_cost', 'negative'],
    [{ inet_up_cost: -0.1 }, 'inet_up_cost', 'negative'],
    [{ num_gpus: 0 }, 'num_gpus', 'absurd'],
    [{ num_gpus: 1.5 }, 'num_gpus', 'absurd'],
    [{ num_gpus: '2' }, 'num_gpus', 'not-a-number'],
    [{ id: null, ask_contract_id: undefined }, 'id', 'missing'],
    [{ machine_id: 'x' }, 'machine_id', 'missing'],
    [{ gpu_name: null }, 'gpu_name', 'missing'],
  ])('%j is left out, named and logged, and its neighbour stays', async (fields, field, reason) => {
    const { offers, faults, warnings } = await search([anOfferRow(fields), anOfferRow({ id: 5 })]);
    expect(offers.map(({ id }) => id)).toEqual([5]);
    expect(faults).toMatchObject([{ row: 0, field, reason }]);
    expect(warnings).toMatchObject([{ fields: { count: 1, of: 2, [`${field} ${reason}`]: 1 } }]);
  });

  it('is one that is no object', async () => {
    const { offers, faults } = await search([null, 7, 'x', [], anOfferRow()]);
    expect(offers).toHaveLength(1);
    expect(faults.map(({ row, reason }) => [row, reason])).toEqual(
      [0, 1, 2, 3].map((row) => [row, 'not-an-object']),
    );
  });

  it('is one whose price is NaN or infinite, as Python writes them; elsewhere NaN is null', async () => {
    const text = JSON.stringify({
      offers: [anOfferRow({ id: 1 }), anOfferRow({ id: 2 }), anOfferRow({ id: 3 })],
    })
      .replace('"dph_total":0.7913580246913581', '"dph_total":NaN')
      .replace('"dph_total":0.7913580246913581', '"dph_total":-Infinity')
      .replaceAll('"score":411.5', '"score": NaN');
    const { client, clock } = scriptedService([raw(text)]);
    const { offers, faults } = await settle(clock, client.offers.search(makeOfferQuery()));
    expect(faults.map(({ offerId, reason }) => [offerId, reason])).toEqual([
      [1, 'not-a-number'],
      [2, 'not-a-number'],
    ]);
    expect(offers.map(({ id, score }) => [id, score])).toEqual([[3, null]]);
  });

  it('makes the answer malformed when all rows are so: a vanished field is no empty market', async () => {
    const rows = [anOfferRow({ gpu_name: undefined }), anOfferRow({ gpu_name: undefined })];
    const { client, clock } = scriptedService([json({ offers: rows })]);
    const failure = await failureOf(clock, client.offers.search(makeOfferQuery()));
    expect(failure).toBeInstanceOf(MalformedAnswerError);
    expect(failure.message).toContain('2 offers, none of which can be read (gpu_name: missing)');
  });
});

describe('an answer', () => {
  it('without rows is an empty list', async () => {
    expect(await search([])).toMatchObject({ offers: [], faults: [], fieldNames: [] });
  });

  it('names every field of any row', async () => {
    const { fieldNames } = await search([
      { id: 1, machine_id: 2, gpu_name: 'A10' },
      { id: 2, machine_id: 2, gpu_name: 'A10', brand_new: 1 },
      { gpu_name: 'A10', machine_id: 2, id: 3, dph_total: 1 },
    ]);
    expect(fieldNames).toEqual(['brand_new', 'dph_total', 'gpu_name', 'id', 'machine_id']);
  });

  it('logs an unknown value once in the life of the client', async () => {
    const rows = [
      anOfferRow({ verification: 'paused' }),
      anOfferRow({ verification: 'paused', gpu_arch: 'intel' }),
    ];
    const { client, clock, log } = scriptedService([json({ offers: rows })]);
    await settle(clock, client.offers.search(makeOfferQuery()));
    const answer = await settle(clock, client.offers.search(makeOfferQuery()));
    expect(answer.offers[1]?.gpuArch).toBe('unknown');
    expect(log.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
      { field: 'verification', value: 'paused' },
      { field: 'gpu_arch', value: 'intel' },
    ]);
  });

  it('knows its type, its length in bytes and when it came', async () => {
    const body = JSON.stringify({ offers: [anOfferRow({ geolocation: 'Zürich, CH' })] });
    const { client, clock } = scriptedService([raw(body)]);
    await clock.step(1_234);
    const answer = await settle(clock, client.offers.search(makeOfferQuery({ type: 'interruptible' })));
    expect(answer).toMatchObject({
      type: 'interruptible',
      bytes: Buffer.byteLength(body),
      receivedAtMs: Date.UTC(2026, 0, 1) + 1_234,
    });
  });

  it('of 10,000 offers is decoded whole', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      anOfferRow({ id: i + 1, dph_total: 0.1 + i / 7 / 10_000 }),
    );
    const { offers, faults, bytes } = await search(rows);
    expect(offers).toHaveLength(10_000);
    expect(faults).toEqual([]);
    expect(bytes).toBeGreaterThan(10_000_000);
    for (const [i, offer] of offers.entries()) {
      if (offer.id !== i + 1 || offer.pricePerHour !== 0.1 + i / 7 / 10_000)
        throw new Error(`offer ${i} differs`);
    }
  });
});
