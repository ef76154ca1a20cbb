// The parts of `bench daemon` by name, in the order in which they run; each in a process of its own.
import type { Report } from '../lines.ts';

export const DAEMON_PARTS = ['daemon-idle', 'daemon-market', 'daemon-events'] as const;
type PartName = (typeof DAEMON_PARTS)[number];

export function isDaemonPart(name: string): name is PartName {
  return (DAEMON_PARTS as readonly string[]).includes(name);
}

export async function runDaemonPart(name: PartName, report: Report): Promise<void> {
  switch (name) {
    case 'daemon-idle':
      return await (await import('./part-idle.ts')).measureIdle(report);
    case 'daemon-market':
      return await (await import('./part-market.ts')).measureMarket(report);
    case 'daemon-events':
      return await (await import('./part-events.ts')).measureEvents(report);
  }
}
