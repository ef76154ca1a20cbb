// The rank that a line of several processes in one file begins with: `[rank0]: `, `[Rank 31] `, `0: `, `[default3]:`.

export interface RankedLine {
  /** Null where the line names none. */
  readonly rank: number | null;
  readonly text: string;
}

const PREFIX = /^(?:\[(?:rank|default|Rank |RANK |worker-?|local_rank)(\d{1,6})\]:?\s?|(\d{1,5}):\s(?=\S))/;

export function withoutRank(line: string): RankedLine {
  const match = mayHaveRank(line) ? PREFIX.exec(line) : null;
  if (!match) return { rank: null, text: line };
  return { rank: Number(match[1] ?? match[2]), text: line.slice(match[0].length) };
}

function mayHaveRank(line: string): boolean {
  let code = line.charCodeAt(0);
  if (code === OPEN_BRACKET) return true;
  for (let at = 1; code >= 48 && code <= 57; at += 1) code = line.charCodeAt(at);
  return code === COLON;
}

const OPEN_BRACKET = 91;
const COLON = 58;
