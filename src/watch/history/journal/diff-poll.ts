// What a poll changes, found by comparing every row with what is open. Nothing that holds is touched: the caller
// writes the changes first and applies them when they are durable.
import type { PackedPoll, PollFrame } from '../observation.ts';
import { decodeLine, FIRST_UNSEEN, MISSING } from './codes.ts';
import { compareRows, type Seen } from './compare-rows.ts';
import { type Machine, makeOpenLine, type OpenLine } from './open-line.ts';
import type { OpenState } from './open-state.ts';
import { addHash, type Hash, subtractHash } from './row-hash.ts';
import { settleReliability } from './settle-reliability.ts';

/** `before` is undefined for a line that appears, `after` for one that is gone. */
export interface LineChange {
  readonly line: number;
  readonly before: OpenLine | undefined;
  readonly after: OpenLine | undefined;
}

export interface MachineChange {
  readonly machine: Machine;
  readonly reliability: number | null;
}

export interface PollChanges {
  readonly lines: readonly LineChange[];
  readonly machines: readonly MachineChange[];
  readonly rows: number;
  /** Of one line within the poll; the last one counts. */
  readonly duplicates: number;
  readonly appeared: number;
  readonly gone: number;
  readonly missing: number;
  /** Sum of the hashes of the poll's rows. */
  readonly hash: Hash;
}

/** Compares a poll with the open state; throws UnfitValue, naming the offer, when a value cannot be kept. */
export function diffPoll(
  state: OpenState,
  poll: PackedPoll,
  { keepMisses }: { readonly keepMisses: number },
): PollChanges {
  state.attempt += 1;
  const seen = compareRows(state, poll.rows);
  const machines = settleDisputes(seen);
  const lines: LineChange[] = [];
  for (const draft of seen.drafts.values()) {
    const { before, values, reliability } = draft;
    const after = makeOpenLine(values, reliability, before);
    if (before && sameHash(before.hash, after.hash) && isSame(before, after)) continue;
    lines.push({ line: values.line, before, after });
  }
  const appeared = lines.reduce((count, { before }) => count + (before ? 0 : 1), 0);
  // In most polls every known line is seen again, and nothing has to be looked for.
  const isAllSeen = seen.rows - appeared === state.lines.size;
  const unseen = isAllSeen ? NOTHING_UNSEEN : findUnseen(state, poll, keepMisses);
  for (const change of unseen.lines) lines.push(change);
  return {
    lines,
    machines,
    rows: seen.rows,
    duplicates: seen.duplicates,
    appeared,
    gone: unseen.gone,
    missing: unseen.missing,
    hash: sumUp(state.pollHash, lines),
  };
}

/** Writes the settled exceptions into the drafts; returns the machines whose reliability changes. */
function settleDisputes(seen: Seen): MachineChange[] {
  const changes: MachineChange[] = [];
  for (const { machine, reliability, rows } of settleReliability(seen.disputed)) {
    if (!machine.isKnown || machine.reliability !== reliability) changes.push({ machine, reliability });
    for (const { row, exception } of rows) row.values.exception = exception;
  }
  return changes;
}

/** A draft can turn out to be what was there, for example when undefined took the place of null. */
function isSame(before: OpenLine, after: OpenLine): boolean {
  return (
    before.s === after.s &&
    before.misses === after.misses &&
    before.price === after.price &&
    before.attr === after.attr &&
    before.quote === after.quote &&
    before.terms === after.terms &&
    before.hardware === after.hardware &&
    before.capacity === after.capacity &&
    before.machine === after.machine &&
    before.exception === after.exception
  );
}

function sameHash(x: Hash, y: Hash): boolean {
  return x.a === y.a && x.b === y.b;
}

interface Unseen {
  readonly lines: readonly LineChange[];
  readonly gone: number;
  readonly missing: number;
}

const NOTHING_UNSEEN: Unseen = { lines: [], gone: 0, missing: 0 };

/**
 * Absence counts only where the poll was sure to show the line, and not at all in the poll in which the filter
 * changes: its predecessor asked another question.
 */
function findUnseen(state: OpenState, poll: PollFrame, keepMisses: number): Unseen {
  const canMiss = state.last === undefined || state.last.filter === poll.filter;
  const lines: LineChange[] = [];
  let gone = 0;
  let missing = 0;
  for (const before of state.lines.listUnseen(state.attempt)) {
    const misses = before.misses + (canMiss && covers(state, poll, before) ? 1 : 0);
    if (misses >= keepMisses) {
      gone += 1;
      lines.push({ line: before.line, before, after: undefined });
      continue;
    }
    missing += 1;
    if (before.s === MISSING && before.misses === misses) continue;
    lines.push({
      line: before.line,
      before,
      after: makeOpenLine({ ...before, s: MISSING, misses }, null, before),
    });
  }
  return { lines, gone, missing };
}

function covers(state: OpenState, poll: PollFrame, { line, attr, price }: OpenLine): boolean {
  const [, gpuName, geolocation, numGpus] = attr.values;
  const { offerId, typeCode } = decodeLine(line);
  return poll.covers({
    offerId,
    type: state.types.typeOf(typeCode),
    gpuName: gpuName as string | null,
    numGpus: numGpus as number | null,
    geolocation: geolocation as string | null,
    dphTotal: price,
  });
}

function sumUp(pollHash: Hash, lines: readonly LineChange[]): Hash {
  let sum = pollHash;
  for (const { before, after } of lines) {
    if (before && before.s < FIRST_UNSEEN) sum = subtractHash(sum, before.hash);
    if (after && after.s < FIRST_UNSEEN) sum = addHash(sum, after.hash);
  }
  return sum;
}
