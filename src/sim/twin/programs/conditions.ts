// `test` and `[`, `true` and `false`.
import { NotInTwin, type Program, type TwinProcess } from '../process.ts';

const test: Program = (process) => {
  const isBracket = process.name === '[';
  if (isBracket && process.args.at(-1) !== ']') throw new NotInTwin('[ without ]');
  const args = isBracket ? process.args.slice(0, -1) : process.args;
  return isTrue(process, args) ? 0 : 1;
};

function isTrue(process: TwinProcess, args: readonly string[]): boolean {
  // As POSIX: what it means depends first on how many there are.
  const [first = '', second = '', third = ''] = args;
  if (args.length === 0) return false;
  if (args.length === 1) return first !== '';
  if (first === '!' && args.length <= 4) return !isTrue(process, args.slice(1));
  if (args.length === 2) return unary(process, first, second);
  if (args.length === 3) return binary(process, first, second, third);
  throw new NotInTwin(`test with ${args.length} arguments`);
}

function unary(process: TwinProcess, operator: string, operand: string): boolean {
  const file = (links: 'follow' | 'keep') => process.files.find(process.resolve(operand), links);
  switch (operator) {
    case '-e':
      return file('follow') !== undefined;
    case '-f':
      return file('follow')?.kind === 'file';
    case '-d':
      return file('follow')?.kind === 'directory';
    case '-s':
      return (file('follow')?.sizeBytes ?? 0) > 0;
    case '-L':
    case '-h':
      return file('keep')?.kind === 'link';
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    default:
      throw new NotInTwin(`test ${operator}`);
  }
}

function binary(process: TwinProcess, left: string, operator: string, right: string): boolean {
  const [a, b] = [Number(left), Number(right)];
  const modified = (path: string) => process.files.find(process.resolve(path))?.modifiedAtMs ?? -1;
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '-nt':
      return modified(left) > modified(right);
    case '-ot':
      return modified(left) < modified(right);
  }
  if (!/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) throw new NotInTwin(`test ${operator}`);
  if (!Number.isInteger(a) || !Number.isInteger(b) || left === '' || right === '')
    throw new NotInTwin(`test ${left} ${operator} ${right}`);
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    default:
      return a >= b;
  }
}

export const CONDITION_PROGRAMS: Readonly<Record<string, Program>> = {
  '[': test,
  false: () => 1,
  test,
  true: () => 0,
};
