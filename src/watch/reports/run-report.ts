// One report from options to data: plan, window, scope, one query, and the words around it.
import { formatIso } from '../../base/std/index.ts';
import { SIMULATED } from './columns.ts';
import { dailyReport } from './daily.ts';
import { bandBounds } from './deciles.ts';
import { groupOccupancy } from './group-occupancy.ts';
import { reportHeader, reportTitle, reportWarnings, windowNotes } from './header.ts';
import { makeRoom } from './make-room.ts';
import { offerOccupancy } from './offer-occupancy.ts';
import { planReport, type ReportPlan } from './plan.ts';
import { priceReport } from './prices.ts';
import { type Report, type ReportMode, type ReportOptions, withRows } from './report.ts';
import { answerOf, type ReportTable, type TableAnswer } from './report-table.ts';
import type { ReportWindow } from './report-window.ts';
import { reproduceCommand } from './reproduce.ts';
import { findScope } from './scope.ts';
import { latestReport, wholeGpuReport } from './snapshot.ts';
import type { ReportSource } from './source.ts';
import type { SpanScope } from './span-sql.ts';
import { timeToRentGroups, timeToRentOffers } from './time-to-rent.ts';
import { explainEmptyWindow, findWindow } from './window.ts';

/** Where relative times in the options count from. */
export interface ReportContext {
  now(): number;
}

/**
 * Runs one report on a market store. Values are not rounded, except where the original's table defines it
 * (`utilization_pct` of daily, `util_pct` of whole-gpu). Throws ReportOptionError for options that cannot be used.
 */
export async function runReport(
  source: ReportSource,
  options: ReportOptions,
  context: ReportContext,
): Promise<Report> {
  const plan = planReport(options, context.now());
  await makeRoom(source);
  const found = await findWindow(source, {
    sinceMs: plan.sinceMs,
    untilMs: plan.untilMs,
    gaps: plan.gaps,
    cadenceMs: plan.cadenceSec * 1_000,
  });
  if (found.kind !== 'window') {
    const empty: TableAnswer = { length: 0, batches: () => [], rowCount: 0, totals: [], tooFew: 0 };
    return assemble(
      { source, plan, mode: plan.mode, window: undefined, table: undefined, answer: empty, also: [] },
      [explainEmptyWindow(found)],
    );
  }
  const { window } = found;
  const second = options.companion === 'skip' && plan.mode !== 'both' ? undefined : companion(plan);
  if (!second) return await runMode(source, plan, plan.mode, window);
  const sortsOther = { ...plan, sort: undefined, limit: undefined, ...second.plan };
  const also = await runMode(source, sortsOther, second.mode, window);
  return await runMode(source, plan, plan.mode, window, [also]);
}

/** What stands beneath a report on a screen. */
function companion(
  plan: ReportPlan,
): { readonly mode: ReportMode; readonly plan: Partial<ReportPlan> } | undefined {
  if (plan.mode === 'occupancy' || plan.mode === 'both') return { mode: 'latest', plan: { minSamples: 1 } };
  if (plan.mode === 'ttr' && plan.by === undefined) return { mode: 'ttr', plan: { by: ['gpu'] } };
  return undefined;
}

async function runMode(
  source: ReportSource,
  plan: ReportPlan,
  mode: ReportMode,
  window: ReportWindow,
  also: readonly Report[] = [],
): Promise<Report> {
  const scope = await findScope(source, plan, scopeWindow(mode, window));
  const bands = plan.by?.includes('price') ? await bandBounds(source, scope, plan.bands) : [];
  const made = await tableOf(mode, { source, scope, plan, bands });
  const table = source.origin.kind === 'simulated' ? markSimulated(made) : made;
  const answer = answerOf(table, plan);
  return assemble({ source, plan, mode, window, table, answer, also }, windowNotes(plan, window));
}

/** Every row of a made-up market says so. */
function markSimulated({ columns, cells, ...table }: ReportTable): ReportTable {
  const simulated = { codes: new Uint8Array(table.length), values: [true] };
  return { ...table, columns: [...columns, SIMULATED], cells: { ...cells, simulated } };
}

/** A snapshot looks at the window's last poll alone. */
function scopeWindow(mode: ReportMode, window: ReportWindow): ReportWindow {
  return mode === 'latest' || mode === 'whole-gpu' ? { ...window, firstPoll: window.lastPoll } : window;
}

interface TableRequest {
  readonly source: ReportSource;
  readonly scope: SpanScope;
  readonly plan: ReportPlan;
  readonly bands: readonly number[];
}

function tableOf(mode: ReportMode, { source, scope, plan, bands }: TableRequest): Promise<ReportTable> {
  const { by } = plan;
  switch (mode) {
    case 'occupancy':
    case 'both':
      return by === undefined
        ? offerOccupancy(source, scope, plan)
        : groupOccupancy(source, scope, plan, { by, bands });
    case 'latest':
      return latestReport(source, scope, plan, { by, bands });
    case 'ttr':
      return by === undefined
        ? timeToRentOffers(source, scope, plan)
        : timeToRentGroups(source, scope, plan, { by, bands });
    case 'prices':
      return priceReport(source, scope, plan, { by: by ?? ['gpu'], bands });
    case 'daily':
      return dailyReport(source, scope, plan, { by, bands });
    case 'whole-gpu':
      return wholeGpuReport(source, scope, plan, { by: by ?? ['gpu'], bands });
  }
}

interface Parts {
  readonly source: ReportSource;
  readonly plan: ReportPlan;
  readonly mode: ReportMode;
  readonly window: ReportWindow | undefined;
  readonly table: ReportTable | undefined;
  readonly answer: TableAnswer;
  readonly also: readonly Report[];
}

function assemble(parts: Parts, notes: readonly string[]): Report {
  const { source, plan, mode, window, table, answer, also } = parts;
  return withRows(answer.batches, {
    title: reportTitle(source, mode),
    header: reportHeader(source, plan, mode, window),
    columns: table?.columns ?? [],
    rowCount: answer.rowCount,
    totals: answer.totals,
    warnings: reportWarnings(source, plan, mode, window),
    notes: [...notes, ...answerNotes(plan, mode, window, answer)],
    reproduce: reproduceCommand({ ...plan, mode }, window),
    also,
  });
}

function answerNotes(
  plan: ReportPlan,
  mode: ReportMode,
  window: ReportWindow | undefined,
  answer: TableAnswer,
): string[] {
  if (!window) return [];
  const notes: string[] = [];
  if (answer.tooFew > 0) {
    notes.push(
      `${answer.tooFew} rows have fewer than ${plan.minSamples} observations and are left out (--min-samples).`,
    );
  }
  if (answer.rowCount > answer.length) {
    notes.push(`${answer.length} of ${answer.rowCount} rows are shown (--limit); totals are of all.`);
  }
  if (answer.rowCount === 0 && answer.tooFew === 0) notes.push(explainNoRows(plan, mode, window));
  return notes;
}

function explainNoRows(plan: ReportPlan, mode: ReportMode, window: ReportWindow): string {
  const range = `${window.polls} polls from ${formatIso(window.firstPollMs)} to ${formatIso(window.lastPollMs)}`;
  const filters = [
    plan.gpus.length > 0 ? `--gpu ${plan.gpus.join(',')}` : '',
    plan.type === undefined ? '' : `--type ${plan.type}`,
  ].filter((text) => text !== '');
  const who = filters.length > 0 ? ` that ${filters.join(' and ')} lets through` : '';
  if (mode === 'ttr') {
    return `No offer${who} was seen available first and rented within 48 h after it in ${range}; longer collection is needed for time to rent.`;
  }
  return `No offer${who} was seen in ${range}.`;
}
