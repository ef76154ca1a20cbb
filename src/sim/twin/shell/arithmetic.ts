// Whole numbers as `$((…))` computes them: + - * / %, comparisons, brackets; names are variables.
import { SyntaxFault } from './syntax.ts';

/** Operators from the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Throws SyntaxFault, also for a division by zero. */
export function evaluate(expression: string, variable: (name: string) => string): number {
  const tokens = expression.match(/\d+|[A-Za-z_]\w*|\|\||&&|[=!<>]=|[-+*/%()<>!]|\S/g) ?? [];
  let at = 0;
  const fault = () => new SyntaxFault(`arithmetic syntax error in ${JSON.stringify(expression)}`);
  const level = (depth: number): number => {
    const operators = LEVELS[depth];
    if (!operators) return single();
    let left = level(depth + 1);
    while (operators.includes(tokens[at] ?? '')) {
      const operator = tokens[at] as string;
      at += 1;
      left = apply(operator, left, level(depth + 1));
    }
    return left;
  };
  const single = (): number => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw fault();
    if (token === '-') return -single();
    if (token === '+') return single();
    if (token === '!') return single() === 0 ? 1 : 0;
    if (token === '(') {
      const inner = level(0);
      if (tokens[at] !== ')') throw fault();
      at += 1;
      return inner;
    }
    if (/^\d+$/.test(token)) return Number(token);
    if (!/^[A-Za-z_]/.test(token)) throw fault();
    const value = variable(token).trim();
    if (value === '') return 0;
    if (!/^-?\d+$/.test(value)) throw fault();
    return Number(value);
  };
  const result = level(0);
  if (at < tokens.length) throw fault();
  return result;
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0) throw new SyntaxFault('division by 0');
      return operator === '/' ? Math.trunc(left / right) : left % right;
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '<':
      return Number(left < right);
    case '>':
      return Number(left > right);
    case '<=':
      return Number(left <= right);
    case '>=':
      return Number(left >= right);
    case '&&':
      return Number(left !== 0 && right !== 0);
    default:
      return Number(left !== 0 || right !== 0);
  }
}
