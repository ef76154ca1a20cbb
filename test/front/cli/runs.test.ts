// `runs list`, `show`, `compare` and `export`, on runs in a real store, read back by other readers.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRandom,
  formatIso,
  microUsd,
  SteppedClock,
  silentLog,
  systemClock,
} from '../../../src/base/std/index.ts';
import { openBooks } from '../../../src/front/app/index.ts';
import { createJobRecords, type JobRecord, parseJobFile } from '../../../src/rent/jobs/index.ts';
import { createMetricStore, type RunMetric } from '../../../src/rent/training/index.ts';
import { type Printed, temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
const env = { HOME: folder.path, VASTDECK_HOME: home };
const STEPS = 500;
// `list` shows what had figures lately.
const START = Math.floor(systemClock().now() / 60_000) * 60_000 - 3_600_000;

const on = (...args: string[]): Promise<Printed> => vastdeck(args, { env, cwd: folder.path });
const json = async (...args: string[]) => JSON.parse((await on(...args, '--json')).out);

/** Steps of `stepS` seconds; the loss falls to `floor`, least at step 400, and is NaN at step 123. */
function metricsOf(
  run: string,
  { stepS, floor }: { readonly stepS: number; readonly floor: number },
): RunMetric[] {
  return Array.from({ length: STEPS }, (_, n) => {
    const step = n + 1;
    const loss = step === 123 ? Number.NaN : floor + Math.abs(400 - step) / 100;
    const base = { run, attempt: 1, atMs: START + n * stepS * 1_000, step };
    return [
      { ...base, seq: 3 * n + 1, name: 'loss', value: loss },
      { ...base, seq: 3 * n + 2, name: 'learning_rate', value: 1e-4 },
      { ...base, seq: 3 * n + 3, name: 'acc', value: step / 1_000 },
    ];
  }).flat();
}

function aJobRecord(
  id: string,
  { lr, spentUsd }: { readonly lr: string; readonly spentUsd: number },
): JobRecord {
  const job = parseJobFile(
    `name: lr-${lr}\nimage: pytorch/pytorch:latest\nrun: python3 train.py\nenv: { LR: "${lr}", SEED: "7" }\n`,
  );
  return {
    id,
    account: 'main',
    name: job.name,
    group: 'sweep',
    status: 'succeeded',
    reason: 'exit code 0',
    sinceMs: START,
    version: 1,
    job,
    folder: '/',
    attempt: 1,
    rentalId: undefined,
    spent: microUsd(spentUsd),
    failures: [],
    isUnattended: false,
    createdAtMs: START,
    nextAtMs: undefined,
    startedAtMs: START,
    cancelAskedAtMs: undefined,
    verifiedAtMs: undefined,
    endedAtMs: START,
  };
}

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  writeFileSync(
    join(home, 'vastdeck.yaml'),
    "training: { metrics: [{ name: acc, pattern: 'acc=([0-9.]+)', good: up }] }\ngroups: [{ match: '42', group: by-hand }]\n",
  );
  const clock = new SteppedClock(START);
  await using books = await openBooks({
    stateUrl: join(home, 'state.db'),
    clock,
    random: createRandom('runs'),
    log: silentLog,
  });
  const metrics = createMetricStore({ store: books.store });
  await metrics.add(metricsOf('job_aaa1', { stepS: 2, floor: 1 }));
  await metrics.add(metricsOf('job_aab2', { stepS: 3, floor: 0.5 }));
  await metrics.add(metricsOf('instance 42:/workspace/out/train.log', { stepS: 1, floor: 2 }));
  const later = metricsOf('instance 4:/b.log', { stepS: 1, floor: 3 }).map((m) => ({
    ...m,
    atMs: m.atMs - 3_600_000,
  }));
  await metrics.add(later.map((m) => ({ ...m, run: 'instance 4:/a.log', atMs: m.atMs - 3_600_000 })));
  await metrics.add(later);
  await createJobRecords(books.store).insert([
    aJobRecord('job_aaa1', { lr: '0.1', spentUsd: 2 }),
    aJobRecord('job_aab2', { lr: '0.2', spentUsd: 3 }),
  ]);
});
afterAll(() => folder.remove());

describe('runs list', () => {
  it('has every run, the newest first, with its job’s name, group, state and cost', async () => {
    const rows = await json('runs', 'list');
    expect(rows.map(({ run }: { run: string }) => run)).toEqual([
      'job_aab2',
      'job_aaa1',
      'instance 42:/workspace/out/train.log',
      'instance 4:/b.log',
      'instance 4:/a.log',
    ]);
    expect(rows[1]).toMatchObject({
      name: 'lr-0.1',
      group: 'sweep',
      status: 'succeeded',
      attempts: 1,
      step: STEPS,
      loss: 2,
      val_loss: null,
      took_s: 998,
      cost_usd: 2,
    });
    expect(rows[2]).toMatchObject({ name: '', group: 'by-hand', status: null, cost_usd: null });
  });

  it('is cut by --limit and --since, and says so', async () => {
    const few = await on('runs', 'list', '--limit', '1');
    expect(few.out.trim().split('\n')).toHaveLength(2);
    expect(few.err).toContain('1 of 5 runs are shown');
    expect((await json('runs', 'list', '--since', '1s')).length).toBeLessThan(5);
    expect((await on('runs', 'list', '--limit', '0')).code).toBe(2);
  });

  it('of nothing says where runs come from', async () => {
    const { code, err } = await vastdeck(['runs', 'list'], {
      env: { HOME: folder.path, VASTDECK_HOME: join(folder.path, 'none') },
    });
    expect(code).toBe(0);
    expect(err).toContain('No runs yet');
  });
});

describe('runs show', () => {
  it('has first, last and best of every figure, and what was not finite', async () => {
    const rows = await json('runs', 'show', 'lr-0.1');
    const of = (name: string) => rows.find(({ metric }: { metric: string }) => metric === name);
    expect(of('loss')).toMatchObject({
      first: 4.99,
      last: 2,
      best: 1,
      best_step: 400,
      points: STEPS,
      not_finite: 1,
      last_step: STEPS,
    });
    // Good is what vastdeck.yaml says of a custom metric, and nothing is said of a learning rate.
    expect(of('acc')).toMatchObject({ best: 0.5, best_step: STEPS });
    expect(of('learning_rate')).toMatchObject({ last: 1e-4, best: null });
  });

  it('tells a person what it was, how long a step took, and what it cost', async () => {
    const { out } = await vastdeck(['runs', 'show', 'lr-0.1'], { env, isTerminal: true, columns: 160 });
    expect(out).toContain('job_aaa1 (lr-0.1, group sweep)');
    expect(out).toContain('job job_aaa1 is succeeded: exit code 0');
    expect(out).toContain('Time of a step: 2 s, 9 of 10 within 2 s (499 samples)');
    expect(out).toContain('Cost: $2.00');
  });

  it.each([
    ['job_aaa1', 'the job’s id'],
    ['aaa1', 'its end'],
    ['job_aaa', 'its beginning'],
    ['42', 'an instance'],
    ['instance 42', 'the beginning of a run'],
  ])('finds it by %s: %s', async (word) => {
    expect((await on('runs', 'show', word)).code).toBe(0);
  });

  it('takes the newest run on an instance, and 4 is not 42', async () => {
    for (const word of ['4', 'instance 4']) {
      expect((await on('runs', 'show', word)).err).toMatch(/^instance 4:\/b\.log/);
    }
    expect((await on('runs', 'show', '42')).err).toMatch(/^instance 42:/);
  });

  it('asks for more of a word that may be two, and names what there is for one that is none', async () => {
    const two = await on('runs', 'show', 'job_aa');
    expect([two.code, two.err]).toEqual([2, '"job_aa" may be job_aaa1, job_aab2; write more of it\n']);
    const none = await on('runs', 'show', 'zzz');
    expect([none.code, none.err]).toEqual([
      4,
      'There is no run "zzz"; "vastdeck runs list" shows the 5 that there are\n',
    ]);
  });
});

describe('runs compare', () => {
  it('has what differs: configuration, last and best figures, step times, cost', async () => {
    const rows = await json('runs', 'compare', 'lr-0.1', 'lr-0.2');
    const of = (what: string) => rows.find((row: { what: string }) => row.what === what);
    expect(rows.filter(({ section }: { section: string }) => section === 'config')).toEqual([
      expect.objectContaining({ what: 'env LR', a: '0.1', b: '0.2', difference: 'differs' }),
    ]);
    expect(of('last loss')).toMatchObject({ a: 2, b: 1.5, difference: -0.5, percent: -25, better: 'b' });
    expect(of('best loss')).toMatchObject({ a: 1, b: 0.5, better: 'b' });
    expect(of('best acc')).toMatchObject({ difference: 0, better: 'same' });
    expect(of('last learning_rate')).toMatchObject({ better: null });
    expect(of('step seconds, median')).toMatchObject({ a: 2, b: 3, difference: 1, percent: 50, better: 'a' });
    expect(of('cost, $')).toMatchObject({ a: 2, b: 3, difference: 1, better: null });
    expect(of('cost of 1,000 steps, $')).toMatchObject({ a: 4, b: 6, better: 'a' });
  });

  it('with --all has what is alike too, and of unknown things says nothing', async () => {
    const rows = await json('runs', 'compare', 'lr-0.1', '42', '--all');
    const of = (what: string) => rows.find((row: { what: string }) => row.what === what);
    expect(of('env SEED')).toMatchObject({ a: '7', b: null });
    expect(of('cost, $')).toMatchObject({ a: 2, b: null, difference: null });
    const same = await json('runs', 'compare', 'lr-0.1', 'lr-0.2', '--all');
    expect(same.find((row: { what: string }) => row.what === 'env SEED')).toMatchObject({
      difference: 'same',
    });
  });

  it('is a table with units for a person', async () => {
    const { out } = await vastdeck(['runs', 'compare', 'lr-0.1', 'lr-0.2'], {
      env,
      isTerminal: true,
      columns: 140,
    });
    expect(out).toMatch(/^a: job_aaa1 \(lr-0\.1\)\nb: job_aab2 \(lr-0\.2\)\n/);
    expect(out).toMatch(/step seconds, median +2 s +3 s +\+1 s +\+50\.0 +a/);
    expect(out).toMatch(/cost, \$ +\$2\.00 +\$3\.00 +\+\$1\.00/);
  });
});

describe('runs export', () => {
  const VALUES = 3 * STEPS;

  it('as CSV has a line a value, NaN by its name', async () => {
    const { out, err } = await on('runs', 'export', 'lr-0.1', '--csv');
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(lines[0]).toEqual([
      'run',
      'attempt',
      'name',
      'seq',
      'time',
      'step',
      'value',
      'min',
      'max',
      'count',
      'not_finite',
      'resolution',
    ]);
    expect(lines).toHaveLength(VALUES + 1);
    const at = (step: string) => lines.find((line) => line[2] === 'loss' && line[5] === step);
    expect(at('123')?.slice(6)).toEqual(['NaN', '', '', '0', '1', 'raw']);
    expect(at('400')?.slice(6)).toEqual(['1', '1', '1', '1', '0', 'raw']);
    expect(err).toContain('1,500 values of job_aaa1 written to standard output');
  });

  it('as JSON is one array', async () => {
    const rows = JSON.parse((await on('runs', 'export', 'lr-0.1', '--json')).out);
    expect(rows).toHaveLength(VALUES);
    expect(
      rows.find(({ name, step }: { name: string; step: number }) => name === 'loss' && step === 123),
    ).toMatchObject({
      value: 'NaN',
      count: 0,
      not_finite: 1,
      time: formatIso(START + 122 * 2_000),
    });
  });

  it('as Parquet is what DuckDB reads, NaN as a number', async () => {
    const target = join(folder.path, "it's.parquet");
    expect((await on('runs', 'export', 'lr-0.1', '--parquet', '--out', target)).err).toContain(
      '1,500 values',
    );
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const file = `'${target.replaceAll("'", "''")}'`;
    const reader = await connection.runAndReadAll(
      `SELECT count(*)::INT, count(*) FILTER (WHERE isnan(value))::INT, min(value) FILTER (WHERE name = 'loss'),
         max(epoch_ms(time))::DOUBLE, max(step)::INT FROM read_parquet(${file})`,
    );
    connection.closeSync();
    instance.closeSync();
    expect(reader.getRows()).toEqual([[VALUES, 1, 1, START + (STEPS - 1) * 2_000, STEPS]]);
    expect(existsSync(`${target}.partial`)).toBe(false);
    expect(existsSync(`${target}.partial.spill`)).toBe(false);
  });

  it('to a file replaces nothing unasked, and leaves no half one', async () => {
    const target = join(folder.path, 'a', 'run.csv');
    expect((await on('runs', 'export', 'lr-0.1', '--csv', '--out', target)).code).toBe(0);
    const whole = readFileSync(target, 'utf8');
    const again = await on('runs', 'export', 'lr-0.2', '--csv', '--out', target);
    expect([again.code, again.err]).toEqual([
      2,
      `${target} is there already; name another file, or add --overwrite\n`,
    ]);
    expect(readFileSync(target, 'utf8')).toBe(whole);
    expect((await on('runs', 'export', 'lr-0.2', '--csv', '--out', target, '--overwrite')).code).toBe(0);
    expect(readFileSync(target, 'utf8')).not.toBe(whole);
    expect(existsSync(`${target}.partial`)).toBe(false);
  });

  it.each([
    [['--csv', '--json'], 'Give one of --csv, --json, --parquet'],
    [[], 'Give one of --csv, --json, --parquet'],
    [['--parquet'], 'name the file to write with --out'],
    [['--csv', '--out', '/'], 'is a folder'],
  ])('with %j is refused with what to write', async (flags, sentence) => {
    const { code, out, err } = await on('runs', 'export', 'lr-0.1', ...flags);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
  });

  it('to a place where nothing can be written tells which, and ends with 1', async () => {
    const { code, err } = await on('runs', 'export', 'lr-0.1', '--csv', '--out', '/proc/run.csv');
    expect(code).not.toBe(0);
    expect(err).toContain('/proc');
  });
});
