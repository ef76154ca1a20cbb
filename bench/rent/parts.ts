// The parts of `bench rent` by name, in the order in which they run; each in a process of its own.
import type { Report } from '../lines.ts';

export const RENT_PARTS = ['ranking', 'account', 'remote', 'lines', 'training', 'monitor', 'jobs'] as const;
type PartName = (typeof RENT_PARTS)[number];

export function isRentPart(name: string): name is PartName {
  return (RENT_PARTS as readonly string[]).includes(name);
}

export async function runRentPart(name: PartName, report: Report): Promise<void> {
  switch (name) {
    case 'ranking':
      return (await import('./part-ranking.ts')).measureRanking(report);
    case 'account':
      return await (await import('./part-account.ts')).measureAccount(report);
    case 'remote':
      return await (await import('./part-remote.ts')).measureRemote(report);
    case 'lines':
      return await (await import('./part-lines.ts')).measureLines(report);
    case 'jobs':
      return await (await import('./part-jobs.ts')).measureJobs(report);
    case 'training':
      return (await import('./part-training.ts')).measureTraining(report);
    case 'monitor':
      return await (await import('./part-monitor.ts')).measureMonitor(report);
  }
}
