import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ABSENT_ROUTES } from '../../scripts/absent-routes.ts';
import { simReference } from '../../scripts/sim-reference.ts';
import { aSim } from './a-sim.ts';

it('docs/reference/simulator.md says what the simulator says; "node scripts/write-sim-reference.ts" writes it anew', () => {
  const page = readFileSync(new URL('../../docs/reference/simulator.md', import.meta.url), 'utf8');
  expect(page).toBe(simReference());
});

it('every route that is said to be absent is answered with 404 and its name', async () => {
  const { call } = aSim({ offers: 50 });
  for (const route of ABSENT_ROUTES) {
    const path = route
      .split(' ')
      .at(-1)
      ?.replaceAll(/\{\w+\}/g, '7') as string;
    for (const method of route.split(' ').slice(0, -1)) {
      const response = await call(`${path}/`, { method, ...(method !== 'GET' && { body: '{}' }) });
      expect([route, response.status]).toEqual([route, 404]);
      expect(await response.json()).toMatchObject({ msg: `The simulator has no route ${method} ${path}/` });
    }
  }
});
