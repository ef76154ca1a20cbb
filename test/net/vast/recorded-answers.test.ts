// Answers of the live service that others recorded (2024-11-05, 2026-07-18). Skipped where they are absent.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { canonicalGpuName, gpuFamily, makeOfferQuery, normalize } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { json, raw, scriptedService, settle } from './scripted-service.ts';

const DATA = new URL('../../../../shared/data/', import.meta.url);
const ALL_2024 = new URL('vast-offers-2024-11-05/search-all-2024-11-05.json.gz', DATA);
const EU_2026 = new URL('vast-offers-eu-2026/vast_bundles_2026-07-18.json.gz', DATA);

type Row = Readonly<Record<string, unknown>>;

describe.skipIf(!existsSync(ALL_2024))('the whole market of 2024-11-05', () => {
  const read = () => JSON.parse(gunzipSync(readFileSync(ALL_2024)).toString()) as Row[];

  it('is decoded without a fault and with every double unchanged', async () => {
    const rows = read();
    const { client, clock, log } = scriptedService([json({ offers: rows })]);
    const { offers, faults, fieldNames } = await settle(clock, client.offers.search(makeOfferQuery()));
    expect(offers).toHaveLength(1_396);
    expect(faults).toEqual([]);
    expect(fieldNames).toHaveLength(86);
    expect(log.filter(({ level }) => level !== 'debug')).toEqual([]);
    for (const [i, offer] of offers.entries()) {
      const row = rows[i] as Row;
      expect([
        offer.id,
        offer.machineId,
        offer.gpuName,
        offer.numGpus,
        offer.pricePerHour,
        offer.gpuPricePerHour,
        offer.minBidPerHour,
        offer.reliability,
        offer.geolocation,
        offer.endsAtSec,
        offer.gpuIds,
        offer.startedAtSec,
      ]).toEqual([
        row.id,
        row.machine_id,
        row.gpu_name,
        row.num_gpus,
        row.dph_total,
        row.dph_base,
        row.min_bid,
        row.reliability2,
        row.geolocation,
        row.end_date,
        row.gpu_ids,
        row.start_date,
      ]);
    }
    expect(offers.filter(({ startedAtSec }) => startedAtSec === null)).toHaveLength(14);
    expect(offers.filter(({ verification }) => verification === 'verified')).toHaveLength(629);
    expect(offers.filter(({ deverified }) => deverified)).toHaveLength(184);
  });

  it('knows all its GPU names, and a family for each', async () => {
    for (const name of new Set(read().map((row) => row.gpu_name as string))) {
      expect(canonicalGpuName(name)).toBe(name);
      expect(gpuFamily(name)).not.toBe('Other');
    }
  });

  it('is normalised alike before and after decoding', async () => {
    const rows = read();
    const { client, clock } = scriptedService([json({ offers: rows })]);
    const { offers } = await settle(clock, client.offers.search(makeOfferQuery()));
    const ts = '2024-11-05T15:19:18Z';
    expect(offers.map((offer) => normalize(offer, ts))).toEqual(rows.map((row) => normalize(row, ts)));
  });
});

describe.skipIf(!existsSync(EU_2026))('an answer of 2026-07-18', () => {
  it('is decoded as it came, byte for byte', async () => {
    const body = gunzipSync(readFileSync(EU_2026)).toString();
    const { client, clock, log } = scriptedService([raw(body)]);
    const answer = await settle(clock, client.offers.search(makeOfferQuery()));
    expect(answer.offers).toHaveLength(48);
    expect(answer.faults).toEqual([]);
    expect(answer.bytes).toBe(Buffer.byteLength(body));
    expect(answer.fieldNames).toContain('sla_r_claim');
    expect(answer.fieldNames).toHaveLength(100);
    expect(new Set(answer.offers.map(({ gpuName }) => gpuName))).toEqual(new Set(['H100 SXM', 'H100 NVL']));
    expect(log.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  it('followed by the line that a tool printed after it is still read', async () => {
    const body = `${gunzipSync(readFileSync(EU_2026)).toString()}\nMachine ID 24126 not found or not rentable.`;
    const { client, clock } = scriptedService([raw(body)]);
    const answer = await settle(clock, client.offers.search(makeOfferQuery()));
    expect(answer.offers).toHaveLength(48);
  });
});
