// The parts of `bench tui` by name, in the order in which they run; each in a process of its own.
import type { Report } from '../lines.ts';

export const TUI_PARTS = ['tui-rest-5', 'tui-rest-50', 'tui-keys'] as const;
type PartName = (typeof TUI_PARTS)[number];

export function isTuiPart(name: string): name is PartName {
  return (TUI_PARTS as readonly string[]).includes(name);
}

export async function runTuiPart(name: PartName, report: Report): Promise<void> {
  switch (name) {
    case 'tui-rest-5':
      return await (await import('./part-rest.ts')).measureRest(report, {
        runs: 5,
        budgetMb: 130,
        budgetPercent: 1,
      });
    case 'tui-rest-50':
      return await (await import('./part-rest.ts')).measureRest(report, {
        runs: 50,
        budgetMb: 220,
        budgetPercent: 3,
      });
    case 'tui-keys':
      return await (await import('./part-keys.ts')).measureKeys(report);
  }
}
