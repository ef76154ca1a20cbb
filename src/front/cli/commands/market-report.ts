// `vastdeck market report`: utilisation, prices, time to rent, from the store.
import { openMarketReader } from '../../../watch/history/index.ts';
import { type ReportOptions, runReport } from '../../../watch/reports/index.ts';
import type { Context } from '../context.ts';
import { type Flags, readText } from '../flags.ts';
import { printReport } from '../output/report.ts';
import { storeToRead } from '../store-place.ts';

export async function marketReport(context: Context, flags: Flags): Promise<void> {
  const { clock, log } = context;
  const dir = storeToRead(context, flags);
  await using reader = await openMarketReader({ dir, clock, log });
  printReport(context, await runReport(reader, reportOptions(flags), clock), flags);
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
