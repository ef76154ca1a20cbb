// The parts of `bench tui` by name, in the order in which they run; each in a process of its own.
import type { Report } from '../lines.ts';
import type { Way } from './served-runs.ts';

const REST_PARTS = {
  'tui-rest-5': { way: 'direct', runs: 5 },
  'tui-rest-50': { way: 'direct', runs: 50 },
  'tui-routes-5': { way: 'routes', runs: 5 },
  'tui-routes-50': { way: 'routes', runs: 50 },
  'tui-daemon-5': { way: 'daemon', runs: 5 },
  'tui-daemon-50': { way: 'daemon', runs: 50 },
} as const satisfies Readonly<Record<string, { readonly way: Way; readonly runs: number }>>;
type RestPart = keyof typeof REST_PARTS;

export const TUI_PARTS = [...(Object.keys(REST_PARTS) as RestPart[]), 'tui-keys', 'tui-stream'] as const;
type PartName = (typeof TUI_PARTS)[number];

export function isTuiPart(name: string): name is PartName {
  return (TUI_PARTS as readonly string[]).includes(name);
}

export async function runTuiPart(name: PartName, report: Report): Promise<void> {
  if (name === 'tui-keys') return await (await import('./part-keys.ts')).measureKeys(report);
  if (name === 'tui-stream') return (await import('./part-stream.ts')).measureStream(report);
  const { measureRest } = await import('./part-rest.ts');
  const { runs, way } = REST_PARTS[name];
  const budget = runs === 5 ? { budgetMb: 130, budgetPercent: 1 } : { budgetMb: 220, budgetPercent: 3 };
  await measureRest(report, { way, runs, ...budget });
}
