// Values as Python source.

/** Texts, numbers, flags, undefined (None), lists and objects of those; indented by `depth` steps of four. */
export function pythonLiteral(value: unknown, depth = 0): string {
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  // JSON's escapes are Python's; the text is made ASCII, so that no encoding can change it.
  if (typeof value === 'string') {
    return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/gu, (char) => {
      const code = (char.codePointAt(0) as number).toString(16);
      return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
    });
  }
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => pythonLiteral(each, depth)).join(', ')}]`;
  const inner = '    '.repeat(depth + 1);
  const rows = Object.entries(value).map(
    ([key, each]) => `${inner}${pythonLiteral(key)}: ${pythonLiteral(each, depth + 1)},\n`,
  );
  return `{\n${rows.join('')}${'    '.repeat(depth)}}`;
}
