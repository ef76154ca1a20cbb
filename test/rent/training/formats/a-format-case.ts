// What every format's test claims: the name, and the last figures as awk reads them in the same text.
import { expect } from 'vitest';
import type { Figures } from '../../../../src/rent/training/index.ts';
import { type ParsedLog, parsed, shellNumber } from '../a-log.ts';

type Expected = Partial<
  Record<Exclude<keyof Figures, 'custom' | 'stepScope' | 'throughputUnit' | 'firstEpoch'>, string>
>;

/** Parses the text and compares the last value of each figure with what its shell command prints. */
export function expectFormat(format: string, text: string, commands: Expected): ParsedLog {
  const log = parsed(text);
  expect(log.state.format).toBe(format);
  for (const [field, command] of Object.entries(commands)) {
    const ours = log.state.figures[field as keyof Expected];
    const expected = shellNumber(command, text);
    expect(Number.isNaN(expected), `${command} reads no number`).toBe(false);
    expect(ours, field).toBeCloseTo(expected, 9);
  }
  return log;
}
