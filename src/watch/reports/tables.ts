// One report while it is being made: its full result in a temporary table, from which totals, order and limit
// are taken without computing anything twice.
import type { ReportPlan } from './plan.ts';
import { type Column, ReportOptionError, type Row } from './report.ts';
import { queryRows, type ReportSource } from './source.ts';

export interface ReportTable {
  readonly columns: readonly Column[];
  /** WITH … SELECT of exactly the columns, in their order; several are run one after the other. */
  readonly sql: readonly [string, ...string[]];
  /** ORDER BY unless the reader chose a column; must end in a tie-break. */
  readonly order: string;
  /** Aggregates for one row a type, over the table `t`; undefined where adding makes no sense. */
  readonly totals?: string;
  /** What `--min-samples` looks at; undefined where rows are single events. */
  readonly samples?: string;
}

export interface TableAnswer {
  readonly rows: readonly Row[];
  readonly rowCount: number;
  readonly totals: readonly Row[];
  /** Rows that `--min-samples` took away. */
  readonly tooFew: number;
}

// Reports that run on one connection at the same time each need a name of their own.
let tablesMade = 0;

export async function runTable(
  source: ReportSource,
  table: ReportTable,
  plan: ReportPlan,
): Promise<TableAnswer> {
  const order = orderOf(table, plan.sort);
  tablesMade += 1;
  const name = `vd_report_${tablesMade}`;
  const [first, ...more] = table.sql;
  await source.connection.run(`CREATE TEMP TABLE ${name} AS ${first}`);
  try {
    for (const sql of more) await source.connection.run(`INSERT INTO ${name} ${sql}`);
    // Every row has an observation; of daily's some have none that is either available or rented.
    const isFiltered = table.samples !== undefined && plan.minSamples > 1;
    const kept = `${name} t WHERE ${isFiltered ? `${table.samples} >= ${plan.minSamples}` : 'true'}`;
    const limit = plan.limit === undefined ? '' : ` LIMIT ${plan.limit}`;
    const rows = await queryRows(source, `SELECT * FROM ${kept} ORDER BY ${order}${limit}`);
    const [counts] =
      isFiltered || plan.limit !== undefined
        ? await queryRows(
            source,
            `SELECT count(*)::DOUBLE AS made, (SELECT count(*) FROM ${kept})::DOUBLE AS kept FROM ${name}`,
          )
        : [{ made: rows.length, kept: rows.length }];
    return {
      rows,
      rowCount: Number(counts?.kept),
      totals: table.totals
        ? await queryRows(
            source,
            `SELECT type, ${table.totals} FROM ${kept} GROUP BY type ORDER BY type NULLS LAST`,
          )
        : [],
      tooFew: Number(counts?.made) - Number(counts?.kept),
    };
  } finally {
    await source.connection.run(`DROP TABLE ${name}`);
  }
}

function orderOf(table: ReportTable, sort: ReportPlan['sort']): string {
  if (!sort) return table.order;
  if (!table.columns.some((column) => column.name === sort.column)) {
    const names = table.columns.map((column) => column.name).join(', ');
    throw new ReportOptionError(
      'sort',
      `--sort does not know the column "${sort.column}"; this report has ${names}`,
    );
  }
  return `"${sort.column}" ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST, ${table.order}`;
}
