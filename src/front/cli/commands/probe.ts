// `vastdeck probe`: two minutes in which a machine shows its GPUs, its disk and its line; the memory of hosts keeps it.
import { formatDuration } from '../../../base/std/index.ts';
import { type ProbeReport, probeObservations, probeShell } from '../../../rent/rental/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { enter } from '../entered-instance.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance } from '../one-instance.ts';
import type { Column } from '../output/column.ts';
import { shortNumber } from '../output/number.ts';
import { progressLine } from '../output/progress.ts';

const COLUMNS: readonly Column[] = [
  { name: 'part' },
  { name: 'figure' },
  { name: 'value', format: (value) => (typeof value === 'number' ? shortNumber(value) : String(value)) },
  { name: 'how', isProse: true, importance: 0 },
];

const USUAL_MS = 120_000;

export async function probe(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const signal = terminal.interrupted;
  await using renting = await openInstanceSession(context);
  const found = await findInstance(renting, name, signal);
  const { instance, rental, shown } = found;
  const plan = `Probe ${shown} for about ${formatDuration(USUAL_MS)}: its GPUs are loaded, up to 2 GB are written to its disk and removed again, and up to 64 MB go over SSH each way, at its usual price.`;
  if (!(await askConsent(context, flags, { plan }))) return;
  const entered = await enter(context, renting, found, flags);
  if (!entered) return;
  await using shell = entered.shell;
  const gpuCount = rental?.terms?.gpuCount ?? instance.gpuCount ?? 1;
  const progress = progressLine(context);
  const begunMs = clock.monotonic();
  let report: ProbeReport;
  try {
    progress.keepShowing(() => `probing ${shown} (${formatDuration(clock.monotonic() - begunMs)})`);
    report = await probeShell(shell, { gpuCount, clock, signal });
  } finally {
    progress.end();
  }
  const learned = probeObservations(report, {
    machineId: instance.machineId,
    hostId: instance.hostId,
    gpuName: rental?.terms?.gpuName ?? instance.gpuName ?? 'unknown',
    gpuCount,
    downloadMbps: instance.inetDownMbps,
  });
  const kept = await renting.memory.record(...learned);
  context.print(rowsOf(report), COLUMNS, flags);
  for (const sentence of remarksOf(report)) terminal.err(`${sentence}.\n`);
  terminal.err(
    `${kept} observations of machine ${instance.machineId} are kept; "vastdeck offers --memory" shows them.\n`,
  );
  if (partsOf(report).every(([, part]) => part.kind === 'failed')) context.endWith(EXIT_CODES.failed);
}

function partsOf({ gpu, disk, network }: ProbeReport) {
  return [
    ['gpu', gpu],
    ['disk', disk],
    ['network', network],
  ] as const;
}

function rowsOf(report: ProbeReport) {
  return partsOf(report).flatMap(([part, measured]) => {
    if (measured.kind === 'failed') return [{ part, figure: 'failed', value: null, how: measured.reason }];
    return Object.entries(measured.figures).map(([figure, value]) => ({
      part,
      figure: figure.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value: Array.isArray(value) ? value.join(', ') : (value as number | string | null),
      how: measured.method,
    }));
  });
}

function remarksOf(report: ProbeReport): readonly string[] {
  return partsOf(report).flatMap(([part, measured]) =>
    measured.kind === 'measured' ? measured.remarks.map((remark) => `${part}: ${remark}`) : [],
  );
}
