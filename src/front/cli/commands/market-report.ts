// `vastdeck market report`: utilisation, prices, time to rent, from the store.
import { openMarketReader } from '../../../watch/history/index.ts';
import { type Report, type ReportOptions, runReport } from '../../../watch/reports/index.ts';
import { type Context, formatOf } from '../context.ts';
import { type Flags, readText } from '../flags.ts';
import { printReport } from '../output/report.ts';
import { storeToRead } from '../store-place.ts';

/** Of a window: headings, title, warnings and what is shown beneath take the rest. */
const LINES_BESIDE_ROWS = 14;
const FEWEST_ROWS = 10;

export async function marketReport(context: Context, flags: Flags): Promise<void> {
  const { clock, log, terminal } = context;
  const dir = storeToRead(context, flags);
  const isTable = formatOf(flags, terminal) === 'table';
  const options = reportOptions(flags);
  // Thousands of offers would run through the window unread; data formats and --limit give what is asked for.
  const fitting =
    isTable && terminal.outIsTerminal && options.limit === undefined
      ? Math.max(FEWEST_ROWS, terminal.rows - LINES_BESIDE_ROWS)
      : undefined;
  await using reader = await openMarketReader({ dir, clock, log });
  const report = await runReport(
    reader,
    { ...options, limit: options.limit ?? fitting, companion: isTable ? 'show' : 'skip' },
    clock,
  );
  if (!isTable) return printReport(context, report, flags);
  const most = Number(options.limit ?? fitting ?? Number.POSITIVE_INFINITY);
  printReport(context, { ...report, also: report.also.map((part) => limited(part, most)) }, flags);
}

/** What stands beneath a report has no limit of its own. */
function limited(report: Report, limit: number): Report {
  if (!(report.rows.length > limit)) return report;
  const note = `${limit} of ${report.rows.length} rows of "${report.title}" are shown (--limit, or --mode ${report.header.mode}).`;
  return { ...report, rows: report.rows.slice(0, limit), totals: [], notes: [...report.notes, note] };
}

function reportOptions(flags: Flags): ReportOptions {
  return {
    mode: readText(flags.mode),
    since: readText(flags.since),
    until: readText(flags.until),
    by: readText(flags.by),
    gpu: readText(flags.gpu),
    type: readText(flags.type),
    state: readText(flags.state),
    gaps: readText(flags.gaps),
    cadence: readText(flags.cadence),
    bands: readText(flags.bands),
    minSamples: readText(flags.minSamples),
    limit: readText(flags.limit),
    sort: readText(flags.sort),
  };
}
