// A DuckDB of another process, with nothing of ours in it: takes SQL a line of JSON at a time and answers in rows.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const SCRIPT = `
import { DuckDBInstance } from '@duckdb/node-api';
import { createInterface } from 'node:readline';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const reader = await connection.runAndReadUntil(JSON.parse(line), 1e9);
    console.log(JSON.stringify({ rows: reader.getRowsJson() }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}`;

export interface StockDuckDb extends AsyncDisposable {
  /** Rows as arrays; big integers come as texts. Rejects with DuckDB's own words. */
  query(sql: string): Promise<unknown[][]>;
}

export function startStockDuckDb(): StockDuckDb {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    query: async (sql) => {
      child.stdin.write(`${JSON.stringify(sql)}\n`);
      const answer = await answers.next();
      const { rows, error } = JSON.parse(String(answer.value)) as { rows?: unknown[][]; error?: string };
      if (!rows) throw new Error(error);
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
