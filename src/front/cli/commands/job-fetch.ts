// `vastdeck job fetch`: what a job has made, verified, here: of one that runs it is brought now.
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { findJob, isOver, type JobRecord } from '../../../rent/jobs/index.ts';
import type { Context } from '../context.ts';
import { NotFoundError } from '../errors.ts';
import { type Flags, readText } from '../flags.ts';
import { jobFilesOf } from '../job-files.ts';
import { openJobBooks, openJobsSession } from '../jobs-session.ts';
import type { Column } from '../output/column.ts';
import { formatBytes, plural } from '../output/number.ts';
import { progressLine } from '../output/progress.ts';

const COLUMNS: readonly Column[] = [
  { name: 'path', isWhole: true },
  { name: 'bytes', title: 'size', format: (value) => formatBytes(Number(value)) },
];

export async function jobFetch(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  const record = await findRecord(context, name);
  if (!isOver(record.status)) await bringNow(context, record);
  const folder = jobFilesOf(context).artifactsFolder(record.id);
  const paths = await filesIn(folder);
  if (paths.length === 0) {
    throw new NotFoundError(`Nothing of ${record.name} is here: ${whyNothing(record)}`);
  }
  const to = readText(flags.to);
  const target = to === undefined ? folder : resolve(terminal.cwd, to);
  const rows = await Promise.all(
    paths.map(async (path) => {
      const from = join(folder, path);
      if (to !== undefined) await copyWhole(from, join(target, path));
      return { path: join(target, path), bytes: (await stat(from)).size };
    }),
  );
  context.print(rows, COLUMNS, flags);
  const total = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  const isFinal = record.verifiedAtMs !== undefined;
  terminal.err(
    `${plural(rows.length, 'file')}, ${formatBytes(total)}, in ${target}; ${isFinal ? 'all artifacts of the job, verified' : 'each verified, of a job that has not succeeded: more may come'}.\n`,
  );
}

async function findRecord(context: Context, name: string): Promise<JobRecord> {
  await using books = await openJobBooks(context);
  return await findJob(books.records, name);
}

function whyNothing({ status, reason, job }: JobRecord): string {
  if (job.artifacts.length === 0) return 'its file names no artifacts';
  const state = `it is ${status} (${reason})`;
  return status === 'running' ? `${state}, and no artifact stayed the same while it was fetched` : state;
}

async function bringNow(context: Context, record: JobRecord): Promise<void> {
  const { terminal } = context;
  await using session = await openJobsSession(context);
  const progress = progressLine(context);
  try {
    progress.show(`entering the machine of ${record.name}…`);
    await session.jobs.fetchNow(record.id, {
      signal: terminal.interrupted,
      onTransfer: (_what, { bytes, totalBytes, files, totalFiles }) =>
        progress.show(
          `fetching ${formatBytes(bytes)} of ${formatBytes(totalBytes)}, ${files} of ${totalFiles} files`,
        ),
    });
  } finally {
    progress.end();
  }
}

/** Relative paths, sorted; parts of a fetch under way begin with a dot and are none. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').some((part) => part.endsWith('.vastdeck-part')))
    .sort();
}

/** Under its name it is whole, or not there. */
async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.vastdeck-part`;
  try {
    await copyFile(from, part);
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
