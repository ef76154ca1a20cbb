// Goal: somebody elsewhere learns that the daemon is dead or sick by signs that stop coming, and the secret address is nowhere.
import { describe, expect, it } from 'vitest';
import { Secret, SteppedClock } from '../../../../src/base/std/index.ts';
import { heartbeatPart } from '../../../../src/front/app/daemon/heartbeat.ts';
import type { PartHealth } from '../../../../src/front/app/index.ts';
import { PART } from '../../http/http-world.ts';

const URL_TEXT = 'https://hc.example/ping/0d9f-secret?rid=7';

interface Beats {
  readonly clock: SteppedClock;
  readonly asked: string[];
  readonly told: string[];
  readonly stop: () => Promise<void>;
  answer: (signal: AbortSignal) => Promise<Response>;
  health: readonly PartHealth[];
}

function beating(url = URL_TEXT): Beats {
  const clock = new SteppedClock();
  const ending = new AbortController();
  const asked: string[] = [];
  const told: string[] = [];
  const beats: Omit<Beats, 'stop'> = {
    clock,
    asked,
    told,
    answer: async () => new Response('OK'),
    health: [PART],
  };
  const part = heartbeatPart({
    url: new Secret(url),
    clock,
    health: () => beats.health,
    fetch: async (input, init) => {
      asked.push(input as string);
      return await beats.answer(init?.signal as AbortSignal);
    },
  });
  const done = part.run(ending.signal, {
    well: (sentence) => void told.push(`well ${sentence}`),
    ill: (sentence) => void told.push(`ill ${sentence}`),
  });
  return Object.assign(beats, {
    stop: async () => {
      ending.abort();
      await done;
      expect(clock.pendingTimers).toBe(0);
    },
  });
}

describe('a heartbeat', () => {
  it('is sent at once and then every minute', async () => {
    const beats = beating();
    await beats.clock.step(59_999);
    expect(beats.asked).toEqual([URL_TEXT]);
    await beats.clock.step(1);
    expect(beats.asked).toHaveLength(2);
    await beats.clock.step(10 * 60_000);
    expect(beats.asked).toHaveLength(12);
    await beats.stop();
  });

  it.each([
    [9 * 60_000, 'running'],
    [11 * 60_000, 'failing'],
  ])('goes to /fail once rentals have been failing for ten minutes: after %i ms it is %s', async (passed, way) => {
    const beats = beating();
    await beats.clock.untilIdle();
    beats.health = [{ ...PART, status: 'failing', sinceMs: beats.clock.now() }];
    await beats.clock.step(passed);
    expect(beats.asked.at(-1)).toBe(
      way === 'failing' ? 'https://hc.example/ping/0d9f-secret/fail?rid=7' : URL_TEXT,
    );
    beats.health = [PART];
    await beats.clock.step(60_000);
    expect(beats.asked.at(-1)).toBe(URL_TEXT);
    await beats.stop();
  });

  it('does not mind a part that no money depends on', async () => {
    const beats = beating();
    beats.health = [PART, { ...PART, name: 'collector', status: 'failing', sinceMs: 0 }];
    await beats.clock.step(3_600_000);
    expect(new Set(beats.asked)).toEqual(new Set([URL_TEXT]));
    await beats.stop();
  });

  it('that is not taken is said to be so, without the address, and the next one is sent all the same', async () => {
    const beats = beating();
    beats.answer = async () => new Response('', { status: 404 });
    await beats.clock.step(60_000);
    beats.answer = () => Promise.reject(new Error(`no way to ${URL_TEXT}`));
    await beats.clock.step(60_000);
    beats.answer = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    await beats.clock.step(80_000);
    beats.answer = async () => new Response('OK');
    await beats.clock.step(60_000);
    expect(beats.told).toEqual([
      'well ',
      expect.stringContaining('answered with 404'),
      expect.stringContaining('could not be sent'),
      expect.stringContaining('within 20 s'),
      'well ',
    ]);
    expect(beats.told.join(' ')).not.toContain('secret');
    await beats.stop();
  });

  it('is off without an address', () => {
    const part = heartbeatPart({
      url: undefined,
      clock: new SteppedClock(),
      health: () => [],
      fetch: globalThis.fetch,
    });
    expect(part.offBecause).toContain('heartbeat_url');
  });
});
