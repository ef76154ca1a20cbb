// npm run bench -- market|sim|rent|daemon|cli [--days N] [--json] [--only PART,…]: measures the program against its budgets and
// prints a table with the machine and the date, or one JSON object a line.
import { parseArgs } from 'node:util';
import { formatIso, systemClock } from '../src/base/std/index.ts';
import { PART_COMMAND, reportToParent, runPart } from './child.ts';
import { DAEMON_PARTS, isDaemonPart, runDaemonPart } from './daemon/parts.ts';
import { type BenchLine, busyWarning, describeMachine, formatTable, verdict } from './lines.ts';
import { marketParts, runMarketPart, withMakers } from './market/parts.ts';
import { makeWorkFolder } from './market/work-folder.ts';
import { isRentPart, RENT_PARTS, runRentPart } from './rent/parts.ts';
import { isSimPart, runSimPart, SIM_PARTS } from './sim/parts.ts';

const USAGE = `npm run bench -- market [--days 30] [--only reports,equal,…] [--json]
npm run bench -- market --days 365 [--only year-reports,…] [--json]
npm run bench -- sim [--only sim-day,…] [--json]
npm run bench -- rent [--only ranking,…] [--json]
npm run bench -- daemon [--only daemon-idle,…] [--json]
npm run bench -- cli [--json]`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      days: { type: 'string', default: '30' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [what, part = '', options = '{}'] = positionals;
  if (what === PART_COMMAND) {
    if (isSimPart(part)) await runSimPart(part, reportToParent);
    else if (isRentPart(part)) await runRentPart(part, reportToParent);
    else if (isDaemonPart(part)) await runDaemonPart(part, reportToParent);
    else await runMarketPart(part, JSON.parse(options), reportToParent);
    return 0;
  }
  const lines: BenchLine[] = [];
  const add = (line: BenchLine) => {
    lines.push(line);
    if (values.json) process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  if (what === 'market') {
    const days = Number(values.days);
    if (!(days > 0)) return refuse(`--days "${values.days}" is not a number of days, for example 30`);
    const parts = marketParts(days);
    const only = values.only?.split(',') ?? parts;
    const unknown = only.find((name) => !parts.includes(name));
    if (unknown) return refuse(`--only "${unknown}" is none of the parts: ${parts.join(', ')}`);
    await measureMarket(days, withMakers(only, parts), add);
  } else if (what === 'sim') {
    const only = values.only?.split(',') ?? SIM_PARTS;
    const unknown = only.find((name) => !isSimPart(name));
    if (unknown) return refuse(`--only "${unknown}" is none of the parts: ${SIM_PARTS.join(', ')}`);
    for (const part of only) await runPart(part, {}, add);
  } else if (what === 'rent') {
    const only = values.only?.split(',') ?? RENT_PARTS;
    const unknown = only.find((name) => !isRentPart(name));
    if (unknown) return refuse(`--only "${unknown}" is none of the parts: ${RENT_PARTS.join(', ')}`);
    for (const part of only) await runPart(part, {}, add);
  } else if (what === 'daemon') {
    const only = values.only?.split(',') ?? DAEMON_PARTS;
    const unknown = only.find((name) => !isDaemonPart(name));
    if (unknown) return refuse(`--only "${unknown}" is none of the parts: ${DAEMON_PARTS.join(', ')}`);
    for (const part of only) await runPart(part, {}, add);
  } else if (what === 'cli') {
    // Loaded here, since the parts of the market are starts of this file too and must not carry it.
    const { measureCli } = await import('./cli/measure-cli.ts');
    await measureCli((name, value, unit, budget = null) => add({ name, value, unit, budget }));
  } else {
    return refuse(`Say what to measure:\n${USAGE}`);
  }
  if (!values.json) {
    process.stdout.write(
      `${describeMachine()}, ${formatIso(systemClock().now())}\n\n${formatTable(lines)}\n`,
    );
  }
  process.stderr.write(busyWarning());
  const over = lines.filter((line) => verdict(line) === 'over');
  if (over.length > 0) process.stderr.write(`over budget: ${over.map((line) => line.name).join('; ')}\n`);
  return 0;
}

async function measureMarket(
  days: number,
  parts: readonly string[],
  add: (line: BenchLine) => void,
): Promise<void> {
  using folder = makeWorkFolder();
  for (const part of parts) await runPart(part, { days, folder: folder.path }, add);
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 2;
}

process.exitCode = await main();
