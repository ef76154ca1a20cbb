// Writes docs/reference/simulator.md from the simulator's tables.
import { writeFileSync } from 'node:fs';
import { simReference } from './sim-reference.ts';

writeFileSync(new URL('../docs/reference/simulator.md', import.meta.url), simReference());
