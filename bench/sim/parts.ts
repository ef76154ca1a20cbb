// The parts of `bench sim` by name, in the order in which they run; each in a process of its own.
import type { Report } from '../lines.ts';

export const SIM_PARTS = ['sim-day', 'sim-instances', 'sim-machines'] as const;
type PartName = (typeof SIM_PARTS)[number];

export function isSimPart(name: string): name is PartName {
  return (SIM_PARTS as readonly string[]).includes(name);
}

export async function runSimPart(name: PartName, report: Report): Promise<void> {
  switch (name) {
    case 'sim-day':
      return await (await import('./part-day.ts')).measureDay(report);
    case 'sim-instances':
      return await (await import('./part-instances.ts')).measureInstances(report);
    case 'sim-machines':
      return await (await import('./part-machines.ts')).measureMachines(report);
  }
}
