// The reference of the simulator, made from its tables: routes, faults, scenarios.
import { readdirSync, readFileSync } from 'node:fs';
import { SteppedClock } from '../src/base/std/index.ts';
import { createSim, FAULTS, faultSummary, parseScenario } from '../src/sim/index.ts';
import { ABSENT_ROUTES } from './absent-routes.ts';

const EXAMPLES = new URL('../examples/sim/', import.meta.url);

/** The whole page in Markdown. */
export function simReference(): string {
  const { routes } = createSim({ seed: 'reference', clock: new SteppedClock(), offers: 50 });
  const sorted = routes.toSorted((a, b) => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1));
  const scenarios = readdirSync(EXAMPLES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ file: name, ...parseScenario(readFileSync(new URL(name, EXAMPLES), 'utf8'), name) }));
  return [
    '# The simulator: routes, faults, scenarios',
    'Made from the code by `node scripts/write-sim-reference.ts`; a test holds the two together. How to use it: [the guide](../guide/simulator.md). How it works: [the internals](../internals/simulator.md).',
    `## Routes\n\nAll ${sorted.length} of them, each with and without its last slash. A call of anything else is answered with 404 and a body that names it. \`open\` needs no key; *s* is the least time in seconds between two calls with one key (searches: 10 in any 60 s).`,
    table(
      ['route', 'scope', 's', 'what it does'],
      sorted.map(({ method, path, scope, intervalSec, summary }) => [
        `\`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\``,
        scope,
        intervalSec === undefined ? '' : String(intervalSec),
        summary,
      ]),
    ),
    `## Routes that are not there\n\nThe service has these as well; here they are answered with 404, like any other address that is none. Ask for those that you need.\n\n${ABSENT_ROUTES.map((route) => `\`${route}\``).join(' · ')}`,
    '## Faults\n\n`--faults NAME=PROBABILITY,…`, a scenario, the control port, or `sim.fail(NAME)` in a program. Every simulation prints how often each fired.',
    table(
      ['fault', 'what happens'],
      FAULTS.map((name) => [`\`${name}\``, faultSummary(name)]),
    ),
    '## Scenarios\n\n`vastdeck sim --scenario FILE`. These stand in `examples/sim/`; `every-key.yaml` has every key that there is.',
    table(
      ['file', 'what it is about', 'faults'],
      scenarios.map(({ file, about, faults, events }) => [
        `[${file}](../../examples/sim/${file})`,
        about.trim(),
        [...new Set([...Object.keys(faults), ...events.map(({ fault }) => fault)])].join(', '),
      ]),
    ),
    '',
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
