import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cliReference } from '../../../scripts/cli-reference.ts';

it('docs/reference/cli.md says what the program says; "node scripts/write-cli-reference.ts" writes it anew', () => {
  expect(readFileSync(new URL('../../../docs/reference/cli.md', import.meta.url), 'utf8')).toBe(
    cliReference(),
  );
});
