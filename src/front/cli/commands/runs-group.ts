// The group of a kept run: that of its job, else what vastdeck.yaml says of its name or machine.
import type { KeptRunRow } from '../../http/protocol.ts';
import { groupFor } from '../vastdeck-yaml/index.ts';

export function groupOf(
  rules: Parameters<typeof groupFor>[0],
  { run, name, group }: Pick<KeptRunRow, 'group' | 'name' | 'run'>,
): string | null {
  const instance = /^instance (\d+)/.exec(run)?.[1];
  return group ?? groupFor(rules, { names: [name, run, instance] }) ?? null;
}
