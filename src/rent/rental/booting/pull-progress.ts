// How far a pull is, read from Docker's lines in the daemon's log and status message.

/** Bytes are compressed ones, as they come over the line. */
export interface PullProgress {
  readonly layers: number;
  /** Layers whose size no line has told: they have not begun. */
  readonly unsized: number;
  readonly totalBytes: number;
  readonly downloadedBytes: number;
  /** Unpacked so far, in the same bytes. */
  readonly extractedBytes: number;
  readonly isDone: boolean;
}

interface Layer {
  totalBytes: number | undefined;
  downloaded: number;
  extracted: number;
}

const LAYER =
  /\b([0-9a-f]{12}): ((?:Pulling fs layer|Waiting|Downloading|Verifying|Download complete|Extracting|Pull complete|Already exists).*?)\s*$/;
const AMOUNTS = /(\d+(?:\.\d+)?) ?([kKMGT]?)i?B\s*\/\s*(\d+(?:\.\d+)?) ?([kKMGT]?)i?B/;
/** Docker counts in powers of 1,000. */
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const DONE = /Status: (Downloaded newer image|Image is up to date)/i;
const BEGIN = /: Pulling from \S+/;

/** From lines in their order; undefined when none tells of a layer. A pull that begins anew counts from there. */
export function readPullProgress(lines: readonly string[]): PullProgress | undefined {
  const layers = new Map<string, Layer>();
  let isDone = false;
  // Terminals' lines overwrite themselves with carriage returns.
  for (const line of lines.flatMap((text) => text.split(/[\r\n]+/))) {
    if (BEGIN.test(line)) {
      layers.clear();
      isDone = false;
    }
    if (DONE.test(line)) isDone = true;
    const match = LAYER.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) takeLine(layers, match[1], match[2]);
  }
  if (layers.size === 0 && !isDone) return undefined;
  const all = [...layers.values()];
  const sized = all.filter((layer) => layer.totalBytes !== undefined);
  return {
    layers: all.length,
    unsized: all.length - sized.length,
    totalBytes: sum(sized.map((layer) => layer.totalBytes ?? 0)),
    downloadedBytes: sum(sized.map((layer) => layer.downloaded * (layer.totalBytes ?? 0))),
    extractedBytes: sum(sized.map((layer) => layer.extracted * (layer.totalBytes ?? 0))),
    isDone,
  };
}

/** Shares are 0 to 1 and never go back: log lines of different layers come in any order. */
function takeLine(layers: Map<string, Layer>, id: string, text: string): void {
  const layer = layers.get(id) ?? { totalBytes: undefined, downloaded: 0, extracted: 0 };
  layers.set(id, layer);
  const amounts = AMOUNTS.exec(text);
  const done = amounts && bytesOf(amounts[1], amounts[2]);
  const total = amounts && bytesOf(amounts[3], amounts[4]);
  const share = done !== null && total ? Math.min(1, done / total) : undefined;
  if (total) layer.totalBytes ??= total;
  if (text.startsWith('Downloading') && share !== undefined)
    layer.downloaded = Math.max(layer.downloaded, share);
  else if (/^(Verifying Checksum|Download complete)/.test(text)) layer.downloaded = 1;
  else if (text.startsWith('Extracting')) {
    layer.downloaded = 1;
    if (share !== undefined) layer.extracted = Math.max(layer.extracted, share);
  } else if (/^(Pull complete|Already exists)/.test(text)) {
    layer.totalBytes ??= 0;
    layer.downloaded = 1;
    layer.extracted = 1;
  }
}

function bytesOf(amount = '', unit = ''): number {
  return Number(amount) * (UNITS[unit] ?? 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
