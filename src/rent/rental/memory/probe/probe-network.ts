// The line of a probe: a download that a person agreed to, else what our own SSH connection carries both ways.
import { type Clock, formatDuration } from '../../../../base/std/index.ts';
import { quoteWord, type RemoteShell } from '../../../../net/ssh/index.ts';
import { lastWords, type ProbePart } from './probe-part.ts';

/** Mbit/s are of 1,000,000 bits; null where it was not measured. */
export interface NetworkFigures {
  /** `internet`: of the machine's own line. `ssh`: of everything between it and us, and never more than our line. */
  readonly of: 'internet' | 'ssh';
  /** Into the machine. */
  readonly downMbps: number | null;
  /** Out of the machine. */
  readonly upMbps: number | null;
  readonly bytes: number;
}

export interface ProbeNetworkOptions {
  readonly clock: Clock;
  /** What to download; the person who gave it agreed to the traffic. Default SSH alone. */
  readonly url?: string | undefined;
  /** Most bytes each way. */
  readonly maxBytes: number;
  /** For each way. */
  readonly durationMs: number;
  /** Of the file that is sent over SSH; in the login's home. */
  readonly fileName: string;
  readonly signal?: AbortSignal | undefined;
}

const PIECE_BYTES = 256 * 1_024;
/** A shorter time says nothing of a line. */
const LEAST_MS = 1;

export async function probeNetwork(
  shell: RemoteShell,
  options: ProbeNetworkOptions,
): Promise<ProbePart<NetworkFigures>> {
  return options.url === undefined
    ? await overSsh(shell, options)
    : await fromUrl(shell, options.url, options);
}

async function fromUrl(
  shell: RemoteShell,
  url: string,
  { maxBytes, durationMs, signal }: ProbeNetworkOptions,
): Promise<ProbePart<NetworkFigures>> {
  if (!/^https?:\/\//.test(url)) return { kind: 'failed', reason: `"${url}" is not an http address` };
  const seconds = Math.max(1, Math.round(durationMs / 1_000));
  // What it has by then is told with the time that it took; 28 is curl's word for the end of the time. A server that
  // knows no ranges and has a longer file is left at once.
  const command = `curl -sSL -o /dev/null --max-time ${seconds} --max-filesize ${maxBytes} -r 0-${maxBytes - 1} -w '%{http_code} %{size_download} %{time_starttransfer} %{time_total}' ${quoteWord(url)}`;
  const { code, stdout, stderr } = await shell.exec(command, {
    timeoutMs: durationMs + 30_000,
    ...(signal && { signal }),
  });
  const [status = 0, bytes = 0, startSeconds = 0, totalSeconds = 0] = stdout.trim().split(' ').map(Number);
  const tookSeconds = totalSeconds - startSeconds;
  const isAnswer = (code === 0 || code === 28) && status >= 200 && status < 300;
  if (!isAnswer || !(bytes > 0) || !(tookSeconds > 0)) {
    const words = lastWords(stderr) || `curl ended with code ${String(code)}, HTTP ${status}`;
    return { kind: 'failed', reason: `nothing could be downloaded from ${new URL(url).host} (${words})` };
  }
  return {
    kind: 'measured',
    method: `one connection of curl to ${new URL(url).host}, ${Math.round(bytes / 1e6)} MB in ${tookSeconds.toFixed(1)} s`,
    figures: { of: 'internet', downMbps: (bytes * 8) / 1e6 / tookSeconds, upMbps: null, bytes },
    remarks: ['one connection may carry less than the line, and the far end may be the slower one'],
  };
}

async function overSsh(shell: RemoteShell, options: ProbeNetworkOptions): Promise<ProbePart<NetworkFigures>> {
  const { clock, maxBytes, durationMs, fileName, signal } = options;
  const given = signal ? { signal } : {};
  const remarks = [
    'nothing was downloaded from elsewhere: it is no faster than the line between the machine and here',
  ];
  try {
    const upBegan = clock.monotonic();
    // Into the machine, from here.
    const sent = await shell.upload(
      fileName,
      pieces({ maxBytes, clock, untilMs: upBegan + durationMs }),
      given,
    );
    const sentMs = clock.monotonic() - upBegan;
    const downBegan = clock.monotonic();
    let received = 0;
    for await (const piece of shell.download(fileName, given)) {
      received += piece.byteLength;
      if (clock.monotonic() - downBegan >= durationMs) break;
    }
    const receivedMs = clock.monotonic() - downBegan;
    if (sentMs < LEAST_MS || receivedMs < LEAST_MS) {
      return { kind: 'failed', reason: `${sent} bytes went over SSH in no time that a clock could tell` };
    }
    return {
      kind: 'measured',
      method: `a file over our SSH connection: ${Math.round(sent / 1e6)} MB there in ${formatDuration(sentMs)}, back in ${formatDuration(receivedMs)}`,
      figures: {
        of: 'ssh',
        downMbps: (sent * 8) / 1e3 / sentMs,
        upMbps: (received * 8) / 1e3 / receivedMs,
        bytes: sent + received,
      },
      remarks,
    };
  } finally {
    await shell.exec(`rm -f ${quoteWord(fileName)}`, { timeoutMs: 30_000 }).catch(() => {});
  }
}

/** Bytes that do not repeat within a piece, so that nothing on the way makes them smaller. */
function* pieces({
  maxBytes,
  clock,
  untilMs,
}: {
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly untilMs: number;
}): Generator<Uint8Array> {
  let state = 0x9e3779b9;
  for (let left = maxBytes; left > 0 && clock.monotonic() < untilMs; ) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, left));
    for (let at = 0; at < piece.length; at += 1) {
      // Marsaglia's xorshift (2003): cheap, and no compressor finds anything in it.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      piece[at] = state & 0xff;
    }
    left -= piece.length;
    yield piece;
  }
}
