import { expect, it } from 'vitest';
import { clockSentence } from '../../../src/front/cli/server-clock.ts';

const AT = Date.UTC(2026, 10, 22, 12);

it('says nothing of a clock that is a minute off, and a sentence of one that is a second more', () => {
  expect(clockSentence(AT + 60_000, AT)).toBeUndefined();
  expect(clockSentence(AT - 60_000, AT)).toBeUndefined();
  expect(clockSentence(AT + 61_000, AT)).toContain('1m 1s ahead of');
  expect(clockSentence(AT - 61_000, AT)).toContain('1m 1s behind');
});
