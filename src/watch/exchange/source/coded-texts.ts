// Texts repeat: a market has hundreds of names and places in millions of rows. DuckDB hands them over as numbers
// of a list that is fetched once, which is several times faster than a text a row.
import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier } from './duckdb-session.ts';

/** A column with more texts than this is handed over as it is. */
const TEXTS_CODED = 200_000;

export interface CodedTexts {
  /** The SQL expression to select in place of the text. */
  readonly expression: string;
  /** What the numbers stand for; undefined when the expression gives the texts themselves. */
  readonly texts: readonly string[] | undefined;
}

export interface CodeTextsOptions {
  readonly connection: DuckDBConnection;
  /** Names the list; unique in the connection. */
  readonly name: string;
  /** The text's expression where it will be selected. */
  readonly expression: string;
  /** A query whose one column gives every text that can occur, repeated or not. */
  readonly occurring: string;
}

export async function codeTexts(options: CodeTextsOptions): Promise<CodedTexts> {
  const { connection, expression, occurring } = options;
  const distinct = `SELECT DISTINCT t FROM (${occurring}) AS occurring(t) WHERE t IS NOT NULL LIMIT ${TEXTS_CODED + 1}`;
  const type = identifier(`${options.name}_text`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${type} AS ${distinct}`);
  const reader = await connection.runAndReadAll(`SELECT t FROM ${type} ORDER BY rowid`);
  const texts = reader.getColumns()[0] as string[] | undefined;
  if (texts === undefined || texts.length === 0) return { expression: 'NULL', texts: undefined };
  if (texts.length > TEXTS_CODED) return { expression, texts: undefined };
  await connection.run(`CREATE TYPE ${type} AS ENUM (SELECT t FROM ${type} ORDER BY rowid)`);
  await connection.run(`DROP TABLE ${type}`);
  return { expression: `enum_code(CAST(${expression} AS ${type}))`, texts };
}
