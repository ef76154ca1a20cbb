import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { simReference } from '../../scripts/sim-reference.ts';

it('docs/reference/simulator.md says what the simulator says; "node scripts/write-sim-reference.ts" writes it anew', () => {
  const page = readFileSync(new URL('../../docs/reference/simulator.md', import.meta.url), 'utf8');
  expect(page).toBe(simReference());
});
