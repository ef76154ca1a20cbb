// One part of the benchmark in a process of its own; prints JSON lines for the parent.
import { systemClock } from '../../src/base/std/index.ts';
import { isTuiPart, runTuiPart } from './parts.ts';

const [, , name = '', runs = ''] = process.argv;
if (name === 'serve') {
  await (await import('./served-runs.ts')).serveElsewhere(Number(runs), systemClock());
} else {
  if (!isTuiPart(name)) throw new RangeError(`"${name}" is no part`);
  await runTuiPart(name, (line, value, unit, budget = null) => {
    process.stdout.write(`${JSON.stringify({ name: line, value, unit, budget })}\n`);
  });
}
