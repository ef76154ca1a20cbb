// Goal: whatever a market does, the journal's events give back every poll exactly, and its hash.
// Method: random polls (lines appear, vanish, change any column; partial coverage; changed filters), with restarts and
// seals between them; a model of ten lines says what must come out, and `replay.ts` reads it in the plainest way.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SteppedClock } from '../../../../src/base/std/index.ts';
import { encodeLine } from '../../../../src/watch/history/journal/codes.ts';
import { openJournal } from '../../../../src/watch/history/journal/open-journal.ts';
import {
  addHash,
  EMPTY_HASH,
  formatHash,
  HASHED_COLUMNS,
  type HashValue,
  hashRow,
} from '../../../../src/watch/history/journal/row-hash.ts';
import { FACETS } from '../../../../src/watch/history/journal/schema.ts';
import type { Observation } from '../../../../src/watch/history/observation.ts';
import { anObservation, aPoll } from './poll-builders.ts';
import { replayRows, replayStates } from './replay.ts';

const TYPE_CODES = new Map<string | null, number>([
  [null, 0],
  ['on-demand', 1],
  ['interruptible', 2],
  ['rare', 4],
]);
const REALS = [null, 0, 0.1, 0.30000000000000004, 1e300, Number.NaN, -0, Number.POSITIVE_INFINITY, undefined];
const WHOLES = [null, 0, 1, 7, undefined];
const TEXTS = [null, '', 'A100', 'a\u0000b', 'é\ud800', undefined];
const COLUMNS = Object.values(FACETS).flatMap((facet) => facet.columns);

const arbitraryPatch = fc.oneof(
  fc.constantFrom(...COLUMNS.filter((column) => column.field)).chain((column) => {
    const pool: readonly unknown[] =
      column.name === 'machine_id'
        ? [1, 2]
        : column.type === 'VARCHAR'
          ? TEXTS
          : column.type === 'DOUBLE'
            ? REALS
            : WHOLES;
    return fc.constantFrom(...pool).map((value) => ({ [column.field as string]: value }));
  }),
  fc.record({ rentable: fc.constantFrom(0, 1, null), rented: fc.constantFrom(0, 1, null) }),
  fc.record({ availability: fc.constantFrom('available', 'unavailable', 'rented', 'unknown', null) }),
);

const arbitraryStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('poll' as const),
      hidden: fc.uniqueArray(fc.nat(9), { maxLength: 6 }),
      patches: fc.array(fc.tuple(fc.nat(9), arbitraryPatch), { maxLength: 5 }),
      covered: fc.constantFrom('all', 'none', 'on-demand'),
      filter: fc.constantFrom('', '', '', 'gpu_name=A100'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('seal' as const), back: fc.nat(3) }) },
);

/** What the model knows of each line: its last row, and how often it was missed. */
interface Known {
  row: HashValue[] | undefined;
  misses: number;
  isOpen: boolean;
}

function expectedRow(o: Observation): HashValue[] {
  const flag = (value: unknown) => (value === 1 ? 1 : value === 0 ? 0 : 2);
  const availability = ['unavailable', 'available', 'rented', 'unknown'].indexOf(o.availability ?? '');
  const s = flag(o.rentable) + 3 * flag(o.rented) + 9 * (availability < 0 ? 4 : availability);
  const fields = COLUMNS.filter((column, at) => COLUMNS.findIndex(({ name }) => name === column.name) === at);
  return fields.map(({ field }) => {
    const value = field ? o[field] : s;
    if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
    return typeof value === 'string' ? value.toWellFormed() : null;
  });
}

it('gives back every poll and its hash from the last events by key', () => {
  expect(expectedRow(anObservation())).toHaveLength(HASHED_COLUMNS.length);
  fc.assert(
    fc.property(fc.array(arbitraryStep, { minLength: 2, maxLength: 14 }), (steps) => {
      const dir = mkdtempSync(join(tmpdir(), 'journal-'));
      const open = () => openJournal(dir, { mode: 'write', clock: new SteppedClock() });
      let journal = open();
      try {
        const market = Array.from({ length: 10 }, (_, i) =>
          anObservation({
            offerId: 1 + (i >> 1),
            type: [...TYPE_CODES.keys()][i % 4] ?? null,
            machineId: 1 + ((i % 3) >> 1),
          }),
        );
        const lineOf = (i: number) =>
          encodeLine(market[i]?.offerId ?? 0, TYPE_CODES.get(market[i]?.type ?? null) ?? 0);
        const known: Known[] = market.map(() => ({ row: undefined, misses: 0, isOpen: false }));
        const polls: Map<number, HashValue[]>[] = [];
        let filter: string | undefined;
        for (const step of steps) {
          if (step.kind === 'reopen') {
            journal.close();
            journal = open();
            continue;
          }
          if (step.kind === 'seal') {
            if (polls.length > step.back) journal.dropThrough(polls.length - step.back);
            continue;
          }
          for (const [i, patch] of step.patches)
            market[i] = { ...(market[i] as Observation), ...patch } as Observation;
          const rows = new Map<number, HashValue[]>();
          const seen: Observation[] = [];
          for (const [i, o] of market.entries()) {
            const line = known[i] as Known;
            if (!step.hidden.includes(i)) {
              seen.push(o);
              line.row = expectedRow(o);
              line.misses = 0;
              line.isOpen = true;
              rows.set(lineOf(i), line.row);
            } else if (line.isOpen) {
              const isCovered =
                step.covered === 'all' || (step.covered === 'on-demand' && o.type === 'on-demand');
              if (isCovered && (filter === undefined || filter === step.filter)) line.misses += 1;
              if (line.misses >= 2) line.isOpen = false;
            }
          }
          filter = step.filter;
          polls.push(rows);
          journal.append(
            aPoll(polls.length, seen, {
              filter: step.filter,
              covers: ({ type }) =>
                step.covered === 'all' || (step.covered === 'on-demand' && type === 'on-demand'),
            }),
          );
          const openNow = market.flatMap((_, i) => (known[i]?.isOpen ? [lineOf(i)] : []));
          expect(new Set(replayStates(journal, polls.length).keys())).toEqual(new Set(openNow));
        }
        for (const [i, rows] of polls.entries()) {
          if (i + 1 <= journal.sealedThrough()) continue;
          const replayed = replayRows(journal, i + 1);
          expect(replayed).toEqual(rows);
          const hash = [...replayed].reduce(
            (sum, [line, row]) => addHash(sum, hashRow(line, row)),
            EMPTY_HASH,
          );
          expect(journal.polls(i, i + 1)[0]).toMatchObject({ n: rows.size, hash: formatHash(hash) });
        }
      } finally {
        journal.close();
        rmSync(dir, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});
