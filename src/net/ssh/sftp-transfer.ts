// A file's bytes over SFTP with many requests under way: what one request at a time would lose to the
// round trip, and what too many lose to the channel's window.
import type { SFTPWrapper } from 'ssh2';
import type { SftpSession } from './sftp-session.ts';

/** An open file of the target. */
export interface OpenFile {
  /** The session in which the handle has its meaning. */
  readonly sftp: SFTPWrapper;
  readonly path: string;
  readonly handle: Buffer;
}

/**
 * 16 requests of 128 KiB fill ssh2's fixed channel window of 2 MiB and no more. Against OpenSSH 9.2 on
 * loopback (2026-11, MB/s, two runs): 276 and 288 down, 252 and 247 up; requests of 32 KiB, of ssh2's own
 * streams, 184 and 132 down; 254 KiB, the most that OpenSSH gives, no faster than the spread. All of it needs
 * the socket's `noDelay`: without it one request waits 40 ms for the other side's acknowledgement.
 */
export const REQUEST_BYTES = 128 * 1024;
export const REQUESTS_AT_ONCE = 16;

/**
 * The bytes from `offset` in order, to `end` or the end of the file. Begins with two requests and doubles,
 * so that a small file costs few. Reads on where the far side answers with less than was asked.
 */
export async function* readInOrder(
  session: SftpSession,
  file: OpenFile,
  { offset, end = Number.POSITIVE_INFINITY, signal }: { offset: number; end?: number; signal?: AbortSignal },
): AsyncGenerator<Buffer, void> {
  const underWay: { readonly length: number; readonly answer: Promise<Buffer> }[] = [];
  let next = offset;
  let width = 2;
  try {
    for (;;) {
      signal?.throwIfAborted();
      while (underWay.length < width && next < end) {
        const length = Math.min(REQUEST_BYTES, end - next);
        const answer = readFully(session, file, next, length);
        // Those behind a failed one are thrown away with their own failures.
        answer.catch(() => {});
        underWay.push({ length, answer });
        next += length;
      }
      const first = underWay.shift();
      if (!first) return;
      const bytes = await first.answer;
      if (bytes.length > 0) yield bytes;
      // A short answer is the end of the file as it was then.
      if (bytes.length < first.length) return;
      width = Math.min(REQUESTS_AT_ONCE, width * 2);
    }
  } finally {
    // The handle may be closed only when nobody reads from it any more.
    await Promise.allSettled(underWay.map(({ answer }) => answer));
  }
}

/** Reads `length` bytes, fewer only at the end of the file. */
async function readFully(
  session: SftpSession,
  { sftp, path, handle }: OpenFile,
  offset: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const from = filled;
    const count = await session.callOn<number>(sftp, { path, what: 'read' }, (on, done) =>
      on.read(handle, buffer, from, length - from, offset + from, (error, bytes) => done(error, bytes)),
    );
    if (count === 0) break;
    filled += count;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}

/** Writes pieces of any size one after the other from `offset`; resolves to the bytes written. */
export async function writeInOrder(
  session: SftpSession,
  file: OpenFile,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { offset, signal }: { offset: number; signal?: AbortSignal },
): Promise<number> {
  const underWay = new Set<Promise<void>>();
  let fault: { readonly error: unknown } | undefined;
  let position = offset;
  const send = async (bytes: Buffer) => {
    const request: Promise<void> = writeOnce(session, file, bytes, position)
      .catch((error: unknown) => {
        fault ??= { error };
      })
      .finally(() => underWay.delete(request));
    position += bytes.length;
    underWay.add(request);
    if (underWay.size >= REQUESTS_AT_ONCE) await Promise.race(underWay);
    if (fault) throw fault.error;
    signal?.throwIfAborted();
  };
  try {
    signal?.throwIfAborted();
    for await (const request of inRequests(pieces)) await send(request);
  } finally {
    await Promise.all(underWay);
  }
  if (fault) throw fault.error;
  return position - offset;
}

function writeOnce(
  session: SftpSession,
  { sftp, path, handle }: OpenFile,
  bytes: Buffer,
  offset: number,
): Promise<void> {
  return session.callOn<void>(sftp, { path, what: 'written' }, (on, done) =>
    on.write(handle, bytes, 0, bytes.length, offset, (error) => done(error, undefined)),
  );
}

/** Cuts large pieces to requests without copying them, and gathers small ones. */
async function* inRequests(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Buffer, void> {
  let gathered: Buffer[] = [];
  let gatheredBytes = 0;
  for await (const piece of pieces) {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    while (rest.length > 0) {
      const part = rest.subarray(0, REQUEST_BYTES - gatheredBytes);
      rest = rest.subarray(part.length);
      gathered.push(part);
      gatheredBytes += part.length;
      if (gatheredBytes < REQUEST_BYTES) continue;
      yield gathered.length === 1 ? part : Buffer.concat(gathered);
      gathered = [];
      gatheredBytes = 0;
    }
  }
  if (gatheredBytes > 0) yield Buffer.concat(gathered);
}
