// The log of a job as it is kept here, by bytes: a reader that goes on where an answer ended misses nothing, whoever answers.
import { open } from 'node:fs/promises';
import { createRoute } from '@hono/zod-openapi';
import { findJob, isOver } from '../../../rent/jobs/index.ts';
import type { HttpDeps } from '../deps.ts';
import { idParam, logQuery } from '../protocol/jobs.ts';
import type { HttpApp } from '../server/http-env.ts';
import { FAULTS } from './answers.ts';

export function addJobLogRoute(app: HttpApp, { jobRecords, jobFiles }: HttpDeps): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/jobs/{id}/log',
      summary:
        'Bytes of an attempt’s log, as far as they are kept here; x-next-offset says where to go on (before the offset that was asked for: the log was cut), x-log-end: 1 that nothing more comes of it',
      request: { params: idParam, query: logQuery },
      responses: {
        200: {
          description: 'As the job wrote them',
          content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
        },
        404: FAULTS[404],
      },
    }),
    async (c) => {
      // Read first: what was written of an attempt is whole once its job is over or another one has begun.
      const record = await findJob(jobRecords, c.req.valid('param').id, 'whole');
      const { attempt = Math.max(1, record.attempt), offset, limit } = c.req.valid('query');
      const isWritten = isOver(record.status) || record.attempt > attempt;
      const { bytes, nextOffset, sizeBytes } = await readPart(jobFiles.logFile(record.id, attempt), {
        offset,
        limit,
      });
      return c.body(bytes, 200, {
        'content-type': 'application/octet-stream',
        'x-next-offset': String(nextOffset),
        'x-log-end': isWritten && nextOffset >= sizeBytes ? '1' : '0',
      });
    },
  );
}

/** A negative offset counts from the end. A file that is not there yet is empty. */
async function readPart(
  path: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly nextOffset: number;
  readonly sizeBytes: number;
}> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { bytes: new Uint8Array(), nextOffset: 0, sizeBytes: 0 };
  }
  try {
    const { size } = await file.stat();
    const from = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
    const buffer = new Uint8Array(Math.min(limit, size - from));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, bytesRead), nextOffset: from + bytesRead, sizeBytes: size };
  } finally {
    await file.close();
  }
}
