// The original's 16 columns.

import { createOfferDecoder, normalize } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/base/std/index.ts';
import { anOfferRow } from './offer-rows.ts';

const TS = '2026-11-22T10:00:00Z';

describe('normalize', () => {
  it('makes the 16 columns in the order of the table', () => {
    const row = normalize(anOfferRow(), TS);
    expect(Object.entries(row)).toEqual([
      ['ts', TS],
      ['offer_id', 31_000_001],
      ['machine_id', 7_001],
      ['gpu_name', 'RTX 4090'],
      ['num_gpus', 2],
      ['gpu_frac', 0.25],
      ['gpu_total_ram_gb', 49_128 / 1_024],
      ['dph_total_usd', 0.7913580246913581],
      ['reliability2', 0.9931],
      ['geolocation', 'Sweden, SE'],
      ['type', null],
      ['rentable', 1],
      ['rented', 0],
      ['verified', 1],
      ['deverified', 0],
      ['availability_state', 'available'],
    ]);
  });

  it('makes the same row of an offer that has been decoded', () => {
    const rows = [
      anOfferRow(),
      anOfferRow({ verification: 'deverified', rentable: false }),
      anOfferRow({ is_vm_deverified: true, rented: true, geolocation: null, gpu_total_ram: null }),
    ];
    const { offers } = createOfferDecoder({ log: silentLog }).decode(rows);
    expect(offers.map((offer) => normalize(offer, TS))).toEqual(rows.map((row) => normalize(row, TS)));
  });

  it('of nothing has the defaults', () => {
    expect(normalize({}, TS)).toEqual({
      ts: TS,
      offer_id: 0,
      machine_id: 0,
      gpu_name: null,
      num_gpus: 1,
      gpu_frac: 1,
      gpu_total_ram_gb: null,
      dph_total_usd: null,
      reliability2: null,
      geolocation: null,
      type: null,
      rentable: null,
      rented: null,
      verified: 0,
      deverified: 0,
      availability_state: 'unknown',
    });
  });

  it.each([
    [{ offer_id: 5 }, { offer_id: 5 }],
    [{ id: '12' }, { offer_id: 12 }],
    [{ id: 'x1' }, { offer_id: 0 }],
    [{ id: 12.9 }, { offer_id: 12 }],
    [{ machine: 5 }, { machine_id: 5 }],
    [{ machineID: 5 }, { machine_id: 5 }],
    [{ gpu: 'A10' }, { gpu_name: 'A10' }],
    [{ gpu_name: '', gpu_name_short: 'A10' }, { gpu_name: 'A10' }],
    [{ numgpus: 4 }, { num_gpus: 4 }],
    [{ num_gpus: 0, gpus: 3 }, { num_gpus: 3 }],
    [{ gpu_fraction: '0.5' }, { gpu_frac: 0.5 }],
    [{ dollars_per_hour: 0.25 }, { dph_total_usd: 0.25 }],
    [{ dph_total: 0, usd_per_hour: 0.25 }, { dph_total_usd: 0.25 }],
    [{ dph_total: Number.NaN }, { dph_total_usd: null }],
    [{ reliability: 0.9 }, { reliability2: 0.9 }],
    [{ reliability2: 0, reliability: 0 }, { reliability2: 0 }],
    [{ country: 'SE' }, { geolocation: 'SE' }],
    [{ city: 'Oslo', country_code: 'NO' }, { geolocation: 'Oslo, NO' }],
    [{ type: 'bid' }, { type: 'bid' }],
    [{ interruptible: true }, { type: 'interruptible' }],
    [{ preemptible: false }, { type: 'on-demand' }],
    [{ is_verified: 'yes' }, { verified: 1 }],
    [{ verified: 'off' }, { verified: 0 }],
    [
      { verified: true, verification: 'Deverified' },
      { verified: 0, deverified: 1 },
    ],
    [
      { verified: true, verification: 'unverified' },
      { verified: 1, deverified: 0 },
    ],
    [
      { verification: 'verified', deverified: true },
      { verified: 1, deverified: 0 },
    ],
    [
      { verification: 'verified', is_vm_deverified: true },
      { verified: 1, deverified: 1 },
    ],
  ])('of %j has %j', (offer, columns) => {
    expect(normalize(offer, TS)).toMatchObject(columns);
  });

  it.each([
    [{ gpu_total_ram_gb: 48 }, 48],
    [{ gpu_total_ram_gb: 200 }, 200],
    [{ gpu_total_ram: 201 }, 201 / 1_024],
    [{ gpu_total_ram: 196_512 }, 191.90625],
    [{ gpu_ram: 24_564 }, 23.98828125],
    [{ gpu_total_ram: 25_769_803_776 }, 24],
    [{ gpu_total_ram: 'much', gpu_ram: '24' }, 24],
    // 8 x H200: more than a million megabytes, which the original took for bytes.
    [{ gpu_total_ram: 1_150_168 }, 1_150_168 / 1_024],
  ])('of %j has %d GB', (offer, gb) => {
    expect(normalize(offer, TS).gpu_total_ram_gb).toBe(gb);
  });

  it.each([
    [{ rentable: true, rented: false }, undefined, 'available'],
    [{ rentable: false, rented: false }, undefined, 'unavailable'],
    [{ rentable: true, rented: true }, undefined, 'rented'],
    [{ rentable: true }, undefined, 'unknown'],
    [{ rented: 'true' }, undefined, 'rented'],
    [{ rentable: true, rented: false }, 'rented', 'rented'],
    [{ rentable: true, rented: false }, ' Unavailable ', 'unavailable'],
    [{ rentable: true, rented: false }, 'somewhere', 'available'],
  ])('of %j found by %s is %s', (offer, source, state) => {
    expect(normalize(offer, TS, source).availability_state).toBe(state);
  });
});
