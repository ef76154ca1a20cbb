import { expect, it } from 'vitest';
import { type PsRow, VERDICTS, whatBurns } from '../../../src/rent/rental/account/index.ts';

const row = (over: Partial<PsRow>): PsRow => ({ id: 1, ref: 'box', usdPerHour: 1, ...over }) as PsRow;
const commands = (rows: readonly PsRow[]) => whatBurns(rows).map(({ command }) => command);

it('what burns is told with the command for its verdict, and what works, boots or ends is left alone', () => {
  const told = VERDICTS.map((verdict) => [verdict, commands([row({ verdict })])[0]]);
  expect(Object.fromEntries(told)).toEqual({
    working: undefined,
    booting: undefined,
    ending: undefined,
    idle: 'vd stop box',
    'forgotten?': 'vd rm box',
    parked: 'vd rm --now box',
    red: 'vd why box',
    lost: 'vd why box',
  });
});

it('what burns comes the dearest first, and what costs nothing does not come', () => {
  const rows = [
    row({ id: 1, ref: 'a', usdPerHour: 1, verdict: 'idle' }),
    row({ id: 2, ref: 'b', usdPerHour: 3, verdict: 'idle' }),
    row({ id: 3, ref: 'c', usdPerHour: 0, verdict: 'parked' }),
    row({ id: 4, ref: 'd', usdPerHour: null, verdict: 'lost' }),
  ];
  expect(whatBurns(rows).map((each) => [each.row.ref, each.usdPerMonth])).toEqual([
    ['b', 2_160],
    ['a', 720],
    ['d', null],
  ]);
});

it('a label that a shell would take apart, or a command for an option, is typed so that neither happens', () => {
  const of = (ref: string) => commands([row({ ref, verdict: 'idle' })])[0];
  expect(of("my box; rm -rf ~'")).toBe(String.raw`vd stop 'my box; rm -rf ~'\'''`);
  expect(of('--all')).toBe('vd stop -- --all');
});
