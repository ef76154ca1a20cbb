// What costs now and works for nobody, and the command that ends it.
import type { PsRow } from './ps-row.ts';
import type { Verdict } from './verdict.ts';

export interface BurnRow {
  readonly row: PsRow;
  readonly usdPerHour: number | null;
  readonly usdPerMonth: number | null;
  /** To be typed as it stands. */
  readonly command: string;
  /** What it does, and what it leaves. */
  readonly effect: string;
}

const HOURS_A_MONTH = 720;

const ENDS: Readonly<Partial<Record<Verdict, { readonly verb: string; readonly effect: string }>>> = {
  'forgotten?': { verb: 'vd rm', effect: 'stops it now and destroys it, with its disk, in 10 minutes' },
  idle: { verb: 'vd stop', effect: 'stops it; its disk is kept and billed' },
  parked: { verb: 'vd rm --now', effect: 'destroys it with its disk' },
  red: { verb: 'vd why', effect: 'tells why it cannot be destroyed, and what to do' },
  lost: { verb: 'vd why', effect: 'tells what was last known of it' },
};

/** The dearest first. */
export function whatBurns(rows: readonly PsRow[]): readonly BurnRow[] {
  return rows
    .flatMap((row) => {
      const end = ENDS[row.verdict];
      if (!end || row.usdPerHour === 0) return [];
      const usdPerMonth = row.usdPerHour === null ? null : row.usdPerHour * HOURS_A_MONTH;
      return [
        {
          row,
          usdPerHour: row.usdPerHour,
          usdPerMonth,
          command: commandFor(end.verb, row.ref),
          effect: end.effect,
        },
      ];
    })
    .sort((a, b) => (b.usdPerHour ?? 0) - (a.usdPerHour ?? 0) || (a.row.id ?? 0) - (b.row.id ?? 0));
}

/** Labels are anybody's words: a shell must not take one apart, nor take it for an option. */
function commandFor(verb: string, ref: string): string {
  const word = /^[\w@%+=:,./-]+$/.test(ref) ? ref : `'${ref.replaceAll("'", String.raw`'\''`)}'`;
  return ref.startsWith('-') ? `${verb} -- ${word}` : `${verb} ${word}`;
}
