// What a leader remembers from one look at a machine to the next: nothing that the next leader would need.
import type { Blindness, JobContext, TrafficLook } from './context.ts';

const TRAFFIC_EVERY_MS = 60_000;

export function createInterval({ clock }: JobContext, everyMs: number): { isDue(): boolean } {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    isDue: () => {
      const nowMs = clock.monotonic();
      if (nowMs - lastMs < everyMs) return false;
      lastMs = nowMs;
      return true;
    },
  };
}

export function createBlindness({ clock }: JobContext): Blindness {
  let spell: { readonly of: number; readonly sinceMs: number } | undefined;
  return {
    lastedMs({ sinceMs }, isAnswered) {
      if (!isAnswered) spell = undefined;
      else if (spell?.of !== sinceMs) spell = { of: sinceMs, sinceMs: clock.monotonic() };
      return spell === undefined ? 0 : clock.monotonic() - spell.sinceMs;
    },
  };
}

export function createTrafficLook(context: JobContext): TrafficLook {
  const last = new Map<number, number>();
  return {
    ...createInterval(context, TRAFFIC_EVERY_MS),
    grewBy(instanceId, gb) {
      const before = last.get(instanceId) ?? gb;
      last.set(instanceId, gb);
      return Math.max(0, gb - before);
    },
  };
}
