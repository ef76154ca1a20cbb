// OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`: each family in one piece, in it each
// series in one piece, in it the samples in the order of time.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal, streamRows } from '../source/duckdb-session.ts';
import type { DayDone } from './day-files.ts';
import type { ExportDay } from './selection.ts';
import type { TextSink } from './text-sink.ts';

interface Family {
  readonly name: string;
  readonly help: string;
  /** A suffix of the name, as the format demands. */
  readonly unit?: string;
  /** Columns of the day parts, each a sample with these labels beside the group's. */
  readonly samples: readonly { readonly column: string; readonly labels: Readonly<Record<string, string>> }[];
}

const STATES = ['available', 'unavailable'] as const;
const STATISTICS = ['p10', 'median', 'p90'] as const;

const FAMILIES: readonly Family[] = [
  {
    name: 'vast_market_offers',
    help: 'Offers listed in a poll. Unavailable means rentable=false: rented, or offline.',
    samples: STATES.map((state) => ({ column: `offers_${state}`, labels: { state } })),
  },
  {
    name: 'vast_market_offered_gpus',
    help: 'Sum of num_gpus over the offers of a poll. Offers of one machine overlap, so a GPU may count more than once.',
    samples: STATES.map((state) => ({ column: `gpus_${state}`, labels: { state } })),
  },
  {
    name: 'vast_market_price_usd_per_gpu_hour',
    help: 'Price of an offer with storage, divided by its GPUs: percentiles over the offers of a poll.',
    unit: 'usd_per_gpu_hour',
    samples: STATES.flatMap((state) =>
      STATISTICS.map((stat) => ({ column: `${stat}_${state}`, labels: { state, stat } })),
    ),
  },
];

const PRICE = 'dph_total_usd / nullif(num_gpus, 0)';
const CONDITION_OF = { available: 'rentable = 1', unavailable: 'rentable = 0' } as const;

const AGGREGATES = STATES.flatMap((state) => {
  const filter = `FILTER (WHERE ${CONDITION_OF[state]})`;
  return [
    `count(*) ${filter} AS offers_${state}`,
    `coalesce(sum(num_gpus) ${filter}, 0) AS gpus_${state}`,
    `quantile_cont(${PRICE}, 0.10) ${filter} AS p10_${state}`,
    `median(${PRICE}) ${filter} AS median_${state}`,
    `quantile_cont(${PRICE}, 0.90) ${filter} AS p90_${state}`,
  ];
});

/** Labels of every series; what the source does not tell is `unknown`. */
const GROUP = `coalesce(gpu_name, 'unknown') AS gpu_name, coalesce(type, 'unknown') AS type,
  CASE verified WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'unknown' END AS verified`;

export interface OpenMetricsOptions {
  readonly connection: DuckDBConnection;
  readonly days: readonly ExportDay[];
  /** A folder of ours for the days' aggregates; made and removed. */
  readonly partsDir: string;
  readonly sink: TextSink;
  /** Gives every series of a made-up market the label `simulated="true"`. */
  readonly simulatedSeed?: string | undefined;
  readonly onDay: DayDone;
  readonly signal?: AbortSignal | undefined;
}

/** Writes the families; returns the number of samples. */
export async function exportOpenMetrics(options: OpenMetricsOptions): Promise<number> {
  const { connection, days, partsDir, sink, onDay, signal } = options;
  mkdirSync(partsDir);
  try {
    const parts: string[] = [];
    for (const day of days) {
      signal?.throwIfAborted();
      const part = join(partsDir, `${day.date}.parquet`);
      await connection.run(
        `COPY (SELECT epoch(CAST(ts AS TIMESTAMPTZ)) AS seconds, ${GROUP}, ${AGGREGATES.join(', ')}
               FROM offers_raw WHERE ${day.where} GROUP BY ALL) TO ${literal(part)} (FORMAT parquet)`,
      );
      parts.push(literal(part));
      onDay(day, day.rows);
    }
    let samples = 0;
    for (const family of FAMILIES) {
      await sink.write(describeFamily(family));
      if (parts.length === 0) continue;
      samples += await writeSamples(options, family, `read_parquet([${parts.join(', ')}])`);
    }
    await sink.write('# EOF\n');
    return samples;
  } finally {
    rmSync(partsDir, { recursive: true, force: true });
  }
}

function describeFamily({ name, help, unit }: Family): string {
  return `# TYPE ${name} gauge\n${unit === undefined ? '' : `# UNIT ${name} ${unit}\n`}# HELP ${name} ${help}\n`;
}

async function writeSamples(
  { connection, sink, simulatedSeed, signal }: OpenMetricsOptions,
  { name, samples }: Family,
  from: string,
): Promise<number> {
  const mark = simulatedSeed === undefined ? {} : { simulated: 'true' };
  const labels = samples.map((sample) => labelText({ ...sample.labels, ...mark }));
  let written = 0;
  // A series is one group and one sample column: the column's number sorts before the time.
  const sql = `SELECT gpu_name, type, verified, series, seconds, CAST(value AS DOUBLE) FROM (
      ${samples
        .map(
          ({ column }, i) =>
            `SELECT gpu_name, type, verified, ${i} AS series, seconds, ${column} AS value FROM ${from}`,
        )
        .join('\n UNION ALL ')}
    ) WHERE value IS NOT NULL ORDER BY gpu_name, type, verified, series, seconds`;
  for await (const rows of streamRows(connection, sql)) {
    signal?.throwIfAborted();
    let text = '';
    for (const [gpuName, type, verified, series, seconds, value] of rows) {
      const group = labelText({ gpu_name: String(gpuName), type: String(type), verified: String(verified) });
      text += `${name}{${group},${labels[Number(series)]}} ${Number(value)} ${Number(seconds)}\n`;
    }
    await sink.write(text);
    written += rows.length;
  }
  return written;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
    .join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
