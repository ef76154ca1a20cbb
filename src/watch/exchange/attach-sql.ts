// SQL that opens a store in a stock DuckDB of another process while the collector runs. A view cannot compute the
// list of files that it reads; so each view takes a pattern that matches every file of its kind and joins it with
// what the manifest names at that moment. DuckDB then opens only the named files.
import { resolve } from 'node:path';
import {
  decodedColumns,
  FACET_NAMES,
  type FacetName,
  MANIFEST_NAME,
  offerRows,
  pollsQuery,
  readManifest,
  readStoreFile,
} from '../history/index.ts';
import { literal } from './source/duckdb-session.ts';

/** A store without any Parquet file cannot be attached yet. */
export class NothingToAttachError extends Error {
  override name = 'NothingToAttachError';
}

/**
 * Returns statements that make the views `polls`, `slices`, `types`, `<facet>_spans`, `offers_raw`, `offers_all` and
 * the macros `offers_at(poll)`, `offers_between(first, last)`, `offers_during(since, until)`. They see the store as
 * of its newest snapshot, at most ten minutes old while a collector runs. Throws NothingToAttachError when there is
 * no snapshot yet, and the store's own errors when it is damaged or of a later version.
 */
export function attachSql({ dir }: { readonly dir: string }): string {
  const path = resolve(dir);
  const store = readStoreFile(path);
  const manifest = readManifest(path);
  if (!store || (manifest.segments.length === 0 && !manifest.open)) {
    throw new NothingToAttachError(
      `${dir} has no Parquet files to attach yet; run vastdeck market collect until it has written its first snapshot (ten minutes, or when it stops)`,
    );
  }
  const simulated =
    store.origin.kind === 'simulated' ? '-- SIMULATED: these polls are not of the real market.\n' : '';
  return `-- Live views over the market store ${path}
-- They follow the collector by themselves; the newest polls appear with its next snapshot, within 10 minutes.
-- offers_raw expands every poll: put a condition on ts, or better: FROM offers_during('2026-11-20', '2026-11-21')
${simulated}${statements(path).join(';\n\n')};
`;
}

function statements(dir: string): readonly string[] {
  return [
    view('market_files', filesQuery(dir)),
    view(
      'polls',
      pollsQuery(rowsOf(dir, 'polls', 'poll, ts_ms, interval_ms, filter, n, complete, duplicates, hash')),
    ),
    view('slices', rowsOf(dir, 'slices', '* EXCLUDE (part, path, filename)')),
    view('types', `SELECT DISTINCT code, type FROM (${rowsOf(dir, 'types', 'code, type')})`),
    ...FACET_NAMES.map((facet) => view(`${facet}_spans`, rowsOf(dir, facet, decodedColumns(facet)))),
    view('offers_raw', offerRows({ columns: 'raw', spans })),
    view('offers_all', offerRows({ columns: 'all', spans })),
    macro('offers_at(at_poll)', { first: 'at_poll', last: 'at_poll' }),
    macro('offers_between(first_poll, last_poll)', { first: 'first_poll', last: 'last_poll' }),
    macro('offers_during(since_time, until_time)', {
      first: `(SELECT min(poll) FROM polls WHERE ts >= ${isoOf('since_time')})`,
      last: `(SELECT max(poll) FROM polls WHERE ts < ${isoOf('until_time')})`,
    }),
    view('offers_verified', 'FROM offers_raw WHERE verified = 1'),
    view('offers_deverified', 'FROM offers_raw WHERE deverified = 1'),
    view(
      'offers_unverified',
      'FROM offers_raw WHERE coalesce(verified, 0) = 0 AND coalesce(deverified, 0) = 0',
    ),
  ];
}

function view(name: string, query: string): string {
  return `CREATE OR REPLACE VIEW ${name} AS ${query}`;
}

function macro(signature: string, polls: { readonly first: string; readonly last: string }): string {
  return `CREATE OR REPLACE MACRO ${signature} AS TABLE ${offerRows({ columns: 'all', spans, polls })}`;
}

const spans = (facet: FacetName) => `FROM ${facet}_spans`;

/** A time in whatever form DuckDB understands, as `polls.ts` writes it. */
function isoOf(expression: string): string {
  return `strftime(CAST(${expression} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%SZ')`;
}

/**
 * The files that the manifest names now. The pattern's matches are listed when a query is planned and the manifest
 * is read when it runs: a file that is named and was not listed came in between, and the query must not go on
 * without it.
 */
function filesQuery(dir: string): string {
  const folder = `STRUCT(folder VARCHAR, files STRUCT(name VARCHAR, "rows" BIGINT)[])`;
  const manifest = `read_json(${literal(`${dir}/${MANIFEST_NAME}`)}, format = 'unstructured',
      columns = {segments: '${folder}[]', open: '${folder}'})`;
  return `SELECT regexp_extract(file.name, '^([a-z_]+)', 1) AS part,
      CASE WHEN path IN (SELECT file FROM glob(${literal(`${escapeGlob(dir)}/*/*/*.parquet`)})) THEN path
        ELSE error('The market store was changed while this query began; run it again') END AS path
    FROM (SELECT file, ${literal(`${dir}/`)} || folder || '/' || file.name AS path
      FROM (SELECT folder.folder AS folder, unnest(folder.files) AS file
        FROM (SELECT unnest(list_append(segments, open)) AS folder FROM ${manifest}))
      WHERE file."rows" > 0)`;
}

/** Named before the pattern is expanded, so that what the first listing has, the second has too. */
function rowsOf(dir: string, part: string, columns: string): string {
  const files = `${escapeGlob(dir)}/*/*/${part}[-.]*parquet`;
  return `SELECT ${columns} FROM market_files
    JOIN read_parquet(${literal(files)}, filename = true) ON filename = market_files.path
    WHERE market_files.part = '${part}'`;
}

function escapeGlob(path: string): string {
  return path.replaceAll(/[[\]*?\\]/g, '[$&]');
}
