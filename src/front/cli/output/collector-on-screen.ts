// What a collector's thread tells goes on the market screen, and its polls are counted for the last word.
import type { CollectorThread } from '../../app/index.ts';
import type { MarketScreen } from './market-screen.ts';
import { plural } from './number.ts';

export function showCollector({ events }: CollectorThread, screen: MarketScreen): void {
  events.on('poll:stored', (report) => screen.pollStored(report));
  events.on('sweep:progress', (progress) => screen.sweeping(progress));
  events.on('collector:blind', ({ sinceMs, reason }) => screen.blind(sinceMs, reason));
  events.on('collector:seeing', () => screen.seeing());
  events.on('collector:caught-up', () => screen.caughtUp());
}

export function endedSentence(polls: number, dir: string): string {
  const next = polls > 0 ? ` "vastdeck market report" reads the store ${dir}.` : '';
  return `Ended after ${plural(polls, 'poll')}.${next}`;
}
