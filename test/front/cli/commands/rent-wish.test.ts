import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/base/std/index.ts';
import { readRentWish } from '../../../../src/front/cli/commands/rent-wish.ts';
import { UsageError } from '../../../../src/front/cli/errors.ts';

const wishOf = (flags: Readonly<Record<string, unknown>>) =>
  readRentWish({ gpu: 'RTX 4090', for: '2h', ...flags }, createRandom('wish'));

describe('what the flags of rent ask for', () => {
  it('is one verified GPU on demand with 20 GB when only a GPU and a time are given', () => {
    const wish = wishOf({});
    expect(wish.need).toMatchObject({
      purpose: { kind: 'box', hours: 2 },
      gpuCount: 1,
      diskGb: 20,
      rentalTypes: ['on-demand'],
    });
    expect(wish.need.verification).toBeUndefined();
    expect(wish.lease).toEqual({ leaseMs: 7_200_000 });
    expect(wish.launch.diskGb).toBe(wish.need.diskGb);
    expect(wish.name).toMatch(/^rtx4090-[0-9a-z]{4}$/);
    expect(wish.launch.scopes).toEqual({ label: wish.name });
  });

  it('has every limit that was given', () => {
    const wish = wishOf({
      gpu: 'RTX 4090, RTX 3090',
      count: '2',
      disk: '1.5TB',
      region: 'US,CA',
      maxPrice: '0.6',
      reliability: '0.98',
      datacenter: true,
      unverified: true,
      interruptible: true,
      bid: '0.2',
      budget: '3',
      traffic: '50GB',
      idle: '30m',
      name: 'lab',
      label: 'team',
      port: ['8000', '8081/udp'],
      env: ['A=1', 'B=x=y'],
      jupyter: true,
    });
    expect(wish.gpus).toEqual(['RTX 4090', 'RTX 3090']);
    expect(wish.need).toMatchObject({
      gpuCount: 2,
      diskGb: 1_500,
      regions: ['US', 'CA'],
      maxPricePerHour: 0.6,
      minReliability: 0.98,
      isDatacenter: true,
      verification: 'any',
      rentalTypes: ['interruptible'],
    });
    expect(wish.lease.trafficCapGb).toBe(50);
    expect(wish.launch).toMatchObject({
      env: { A: '1', B: 'x=y' },
      ports: ['8000', '8081/udp'],
      withJupyter: true,
      idleMs: 1_800_000,
      scopes: { label: 'team' },
    });
    expect(wish).toMatchObject({ name: 'lab', bidPerHour: 0.2, budgetUsd: 3, promisedGb: 50 });
  });

  it('takes any GPU for all of them', () => {
    expect(wishOf({ gpu: 'any' }).gpus).toEqual([]);
  });

  it('uses the image of a template unless one is named', () => {
    expect(wishOf({ template: 'abc' }).launch.image).toBeUndefined();
    expect(wishOf({ template: 'abc', image: 'x/y' }).launch).toMatchObject({
      templateHash: 'abc',
      image: 'x/y',
    });
  });

  it.each([
    [{ for: '4m' }, /--for 4m is not between 5m and 30d/],
    [{ for: '31d' }, /--for 31d is not between/],
    [{ for: 'soon' }, /--for/],
    [{ idle: '1m' }, /--idle 1m is too short/],
    [{ bid: '0.2' }, /--bid is for interruptible/],
    [{ disk: '20XB' }, /--disk "20XB" is not a size/],
    [{ disk: '0' }, /--disk "0" is not a size/],
    [{ traffic: '-5GB' }, /--traffic "-5GB" is not a size/],
    [{ reliability: '98' }, /--reliability "98"/],
    [{ name: '4090' }, /--name "4090" will not do/],
    [{ port: ['70000'] }, /--port "70000" is not a port/],
    [{ tries: '0' }, /--tries "0"/],
    [{ count: '1.5' }, /--count "1.5"/],
  ])('refuses %j', (flags, sentence) => {
    expect(() => wishOf(flags)).toThrow(UsageError);
    expect(() => wishOf(flags)).toThrow(sentence);
  });

  it('accepts both ends of the time', () => {
    expect(wishOf({ for: '5m' }).lease.leaseMs).toBe(300_000);
    expect(wishOf({ for: '30d' }).lease.leaseMs).toBe(30 * 86_400_000);
  });

  it('never repeats what may be a secret', () => {
    expect(() => wishOf({ env: ['TOKEN hunter2'] })).toThrow(/^(?!.*hunter2)/);
  });
});
