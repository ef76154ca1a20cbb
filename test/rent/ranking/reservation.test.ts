// Goal: what is set aside is never less than what can happen, and not more than its parts.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/std/index.ts';
import { type ReservationRequest, reservationFor } from '../../../src/rent/rental/ranking/index.ts';

const HOUR_MS = 3_600_000;

function request(change: Partial<ReservationRequest> = {}): ReservationRequest {
  return {
    prices: {
      gpuPricePerHour: 0.4,
      diskPricePerHour: 0.02,
      downloadPricePerGb: 0.002,
      uploadPricePerGb: 0.004,
    },
    leaseMs: 2 * HOUR_MS,
    destroyLatencyMs: 60_000,
    queuedInstances: 0,
    storageTailMs: 0,
    inetMbit: { down: 100, up: 50 },
    ...change,
  };
}

describe('the worst cost', () => {
  it('is the rate for the lease, for the destroy behind its queue, the disk for the tail, and a full line', () => {
    const { total, parts } = reservationFor(request({ queuedInstances: 1_000, storageTailMs: 6 * HOUR_MS }));
    // 60 s + 1,000 × 3 s = 3,060 s.
    expect(parts.lease).toBe(840_000);
    expect(parts.destroy).toBe(Math.ceil((0.42 * 3_060 * 1e6) / 3_600));
    expect(parts.storageTail).toBe(120_000);
    // 100 Mbit/s are 12.5 MB/s, 50 Mbit/s half of that, for 7,200 s + 3,060 s.
    const seconds = 7_200 + 3_060;
    const usd = 0.0125 * seconds * 0.002 + 0.00625 * seconds * 0.004;
    expect(parts.bandwidth).toBe(Math.ceil(usd * 1e6 - 1e-6));
    expect(total).toBe(parts.lease + parts.destroy + parts.storageTail + parts.bandwidth);
  });

  it('bounds the traffic by the cap where that is less, each way, and by the line where that is', () => {
    // 10 GB down at $0.002 and 10 GB up at $0.004.
    expect(reservationFor(request({ trafficCapGb: 10 })).parts.bandwidth).toBe(60_000);
    expect(reservationFor(request({ trafficCapGb: 1e6 }))).toEqual(reservationFor(request()));
  });

  it('needs a cap where the line is unknown and charged for, and none where traffic is free', () => {
    const unknown = { inetMbit: { down: null, up: 50 } };
    expect(() => reservationFor(request(unknown))).toThrow(/trafficCapGb/);
    expect(reservationFor(request({ ...unknown, trafficCapGb: 0 })).parts.bandwidth).toBe(0);
    const free = { ...request().prices, downloadPricePerGb: 0 };
    expect(reservationFor(request({ ...unknown, prices: free })).parts.bandwidth).toBeGreaterThan(0);
  });

  it('rounds every part up, and leaves whole micro-dollars alone', () => {
    const third = request({
      prices: { gpuPricePerHour: 1e-6 / 3, diskPricePerHour: 0, downloadPricePerGb: 0, uploadPricePerGb: 0 },
      leaseMs: HOUR_MS,
      destroyLatencyMs: 1,
    });
    expect(reservationFor(third).parts).toEqual({ lease: 1, destroy: 1, storageTail: 0, bandwidth: 0 });
    const whole = { ...third.prices, gpuPricePerHour: 0.1 + 0.2 };
    expect(reservationFor({ ...third, prices: whole }).parts.lease).toBe(300_000);
  });

  it.each([
    ['leaseMs', Number.NaN],
    ['leaseMs', -1],
    ['destroyLatencyMs', Number.POSITIVE_INFINITY],
    ['queuedInstances', -1],
    ['storageTailMs', Number.NaN],
    ['trafficCapGb', Number.NaN],
  ])('is refused where %s is %s', (name, value) => {
    expect(() => reservationFor(request({ [name]: value }))).toThrow(`${name} is ${value}`);
  });

  it.each([[Number.NaN], [-0.01], [Number.POSITIVE_INFINITY]])('is refused for a price of %s', (price) => {
    for (const name of Object.keys(request().prices)) {
      expect(() => reservationFor(request({ prices: { ...request().prices, [name]: price } }))).toThrow(name);
    }
    expect(() => reservationFor(request({ inetMbit: { down: price, up: 1 } }))).toThrow('down');
  });

  it('is refused where it is more than a number holds exactly', () => {
    expect(() => reservationFor(request({ leaseMs: 1e20 }))).toThrow(/cannot be told/);
  });

  it('is never less for a longer, dearer, faster or later rental', () => {
    const random = createRandom('reservations');
    for (let round = 0; round < 2_000; round += 1) {
      const figure = (most: number) => random.next() * most;
      const base = request({
        prices: {
          gpuPricePerHour: figure(10),
          diskPricePerHour: figure(1),
          downloadPricePerGb: figure(0.1),
          uploadPricePerGb: figure(0.1),
        },
        leaseMs: figure(1e9),
        destroyLatencyMs: figure(1e7),
        queuedInstances: random.int(0, 1_000),
        storageTailMs: figure(1e8),
        inetMbit: { down: figure(10_000), up: figure(10_000) },
      });
      const name = random.pick(['leaseMs', 'destroyLatencyMs', 'queuedInstances', 'storageTailMs'] as const);
      const more = reservationFor({ ...base, [name]: base[name] + figure(1e6) });
      expect(more.total).toBeGreaterThanOrEqual(reservationFor(base).total);
    }
  });
});
