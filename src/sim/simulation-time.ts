// The simulation's time: nothing happens by itself, everything that is due is worked off when somebody asks.
import type { Clock } from '../base/std/index.ts';
import type { Agenda } from './agenda.ts';
import type { Market } from './market/market.ts';

export interface SimulationTime {
  readonly startMs: number;
  /** The time of the event that is being worked off, else that of the last request. */
  readonly nowMs: () => number;
  /** Works off what happens until now, in order: the market's events and what the service has planned. */
  readonly step: (market: Market, agenda: Agenda) => void;
}

export function createSimulationTime(clock: Clock): SimulationTime {
  const startMs = clock.now();
  let nowMs = startMs;
  return {
    startMs,
    nowMs: () => nowMs,
    step(market, agenda) {
      const untilMs = clock.now();
      for (;;) {
        const [marketMs, plannedMs] = [market.nextAtMs(), agenda.nextAtMs()];
        const nextMs = Math.min(marketMs, plannedMs);
        if (nextMs > untilMs) break;
        nowMs = Math.max(nowMs, nextMs);
        if (marketMs <= plannedMs) market.advance(marketMs);
        else agenda.runNext();
      }
      market.advance(untilMs);
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}
