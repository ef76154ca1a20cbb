// Writes docs/reference/cli.md from the program.
import { writeFileSync } from 'node:fs';
import { cliReference } from './cli-reference.ts';

writeFileSync(new URL('../docs/reference/cli.md', import.meta.url), cliReference());
