// The options of the twin's programs: those that are declared, and a loud refusal of every other.
import { NotInTwin, type TwinProcess } from '../process.ts';

export interface Options {
  has(flag: string): boolean;
  value(option: string): string | undefined;
  /** What is no option. */
  readonly operands: readonly string[];
}

/**
 * `flags` and `values` are single letters (`rf`); `values` take an argument. `words` are long options, with
 * `=` at the end for those that take one. Throws NotInTwin for anything else.
 */
export function readOptions(
  { name, args }: Pick<TwinProcess, 'name' | 'args'>,
  { flags = '', values = '', words = [] }: { flags?: string; values?: string; words?: readonly string[] },
): Options {
  const given = new Map<string, string>();
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      operands.push(...rest);
      break;
    }
    if (arg.startsWith('--')) {
      const [word = '', ...parts] = arg.split('=');
      const long = word.slice(2);
      if (parts.length > 0 && words.includes(`${long}=`)) given.set(long, parts.join('='));
      else if (parts.length === 0 && words.includes(long)) given.set(long, '');
      else throw new NotInTwin(`${name} ${arg}`);
      continue;
    }
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at += 1) {
      const letter = arg[at] as string;
      if (values.includes(letter)) {
        const value = arg.slice(at + 1) || rest.shift();
        if (value === undefined) throw new NotInTwin(`${name} -${letter} without its argument`);
        given.set(letter, value);
        break;
      }
      if (!flags.includes(letter)) throw new NotInTwin(`${name} -${letter}`);
      given.set(letter, '');
    }
  }
  return { has: (flag) => given.has(flag), value: (option) => given.get(option), operands };
}

/** A duration as `sleep` takes it: `0.5`, `10s`, `2m`. */
export function readDurationMs(name: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?|\.\d+)([smhd]?)$/.exec(text);
  if (!found) throw new NotInTwin(`${name} ${text}`);
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[found[2] || 's'] as number;
  return Number(found[1]) * unitMs;
}
