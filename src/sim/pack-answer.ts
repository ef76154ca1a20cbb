// Answers packed as the real service packs them: with gzip where the caller takes it and the answer is long.
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Shorter answers fit into one packet anyway. */
const SHORTEST_PACKED_BYTES = 1_024;

/** The quickest: 15 MB of offers take a tenth of a second, of a thread that is not this one. */
const PACKING = { level: constants.Z_BEST_SPEED } as const;

const packed = promisify(gzip);

/** The same answer, packed if `acceptEncoding` names gzip. */
export async function packAnswer(response: Response, acceptEncoding: string | null): Promise<Response> {
  const { body, status, headers } = response;
  if (body === null || headers.has('content-encoding') || !takesGzip(acceptEncoding)) return response;
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength < SHORTEST_PACKED_BYTES) return new Response(bytes, { status, headers });
  const sent = new Headers(headers);
  sent.set('content-encoding', 'gzip');
  sent.set('vary', 'accept-encoding');
  return new Response(await packed(bytes, PACKING), { status, headers: sent });
}

/** `gzip, deflate;q=0.5`: whether it stands there, and not as refused with `q=0`. */
function takesGzip(acceptEncoding: string | null): boolean {
  return (acceptEncoding ?? '')
    .split(',')
    .some((part) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(part));
}
