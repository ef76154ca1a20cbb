// The screen as plain text: what can be pasted into a message.
import { type Line, lineText } from '../look/line.ts';

export function screenText(lines: readonly Line[]): string {
  return `${lines.map((line) => lineText(line).trimEnd()).join('\n')}\n`;
}
