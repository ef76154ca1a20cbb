// One part of the benchmark in a process of its own; prints JSON lines for the parent.
import { isTuiPart, runTuiPart } from './parts.ts';

const [, , name = ''] = process.argv;
if (!isTuiPart(name)) throw new RangeError(`"${name}" is no part`);
await runTuiPart(name, (line, value, unit, budget = null) => {
  process.stdout.write(`${JSON.stringify({ name: line, value, unit, budget })}\n`);
});
