import { describe, expect, it } from 'vitest';
import { judgeInstance, type Verdict, type VerdictFacts } from '../../../src/rent/rental/account/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const nowMs = Date.UTC(2026, 10, 1);
const calm: VerdictFacts = {
  nowMs,
  status: 'running',
  statusSinceMs: nowMs - HOUR,
  rentalStatus: undefined,
  isRed: false,
  missed: 0,
  idleSinceMs: null,
  isGpuUseKnown: true,
  lastSshMs: null,
  diskUsdPerMonth: 4,
};
const ago = (ms: number) => nowMs - ms;

describe('the verdict', () => {
  const table: readonly [condition: string, facts: Partial<VerdictFacts>, verdict: Verdict, why: RegExp][] = [
    ['its GPUs work', {}, 'working', /GPUs work/],
    ['nobody knows what its GPUs do', { isGpuUseKnown: false }, 'working', /not known/],
    ['idle for exactly 20 min', { idleSinceMs: ago(20 * MINUTE) }, 'working', /rest for 20m/],
    ['idle for longer', { idleSinceMs: ago(20 * MINUTE + 1) }, 'idle', /below 5 % for 20m/],
    ['idle for exactly 6 h', { idleSinceMs: ago(6 * HOUR) }, 'idle', /below 5 %/],
    ['idle for longer, no login', { idleSinceMs: ago(6 * HOUR + 1) }, 'forgotten?', /no login/],
    [
      'idle for long, a login 6 h ago',
      { idleSinceMs: ago(9 * HOUR), lastSshMs: ago(6 * HOUR) },
      'idle',
      /below 5 %/,
    ],
    [
      'idle for long, a login before that',
      { idleSinceMs: ago(9 * HOUR), lastSshMs: ago(6 * HOUR + 1) },
      'forgotten?',
      /last login 6h/,
    ],
    ['ours that idles likewise', { rentalStatus: 'ready', idleSinceMs: ago(7 * HOUR) }, 'forgotten?', /GPUs/],
    ['ours that was not entered yet', { rentalStatus: 'booting' }, 'booting', /not entered/],
    ['provisioned', { status: 'creating' }, 'booting', /creating for 1h/],
    ['loading', { status: 'loading' }, 'booting', /loading for 1h/],
    ['rebooting', { status: 'rebooting' }, 'booting', /rebooting/],
    ['stopped', { status: 'stopped' }, 'parked', /stopped; its disk is kept at \$4\.00 a month/],
    [
      'stopped at a price that nobody knows',
      { status: 'stopped', diskUsdPerMonth: null },
      'parked',
      /unknown/,
    ],
    ['ended by itself', { status: 'exited' }, 'parked', /container has ended/],
    ['failed to start', { status: 'failed' }, 'parked', /start has failed/],
    ['outbid', { status: 'outbid' }, 'parked', /others pay more/],
    ['waiting for its GPUs', { status: 'scheduling' }, 'parked', /others have its GPUs/],
    ['on a dead host', { status: 'lost' }, 'lost', /no word from its host for 1h/],
    ['unknown to the service', { status: 'unknown' }, 'lost', /does not know/],
    ['missing in one complete listing', { missed: 1 }, 'lost', /1 complete listings/],
    ['to be gone', { rentalStatus: 'ending' }, 'ending', /being destroyed/],
    ['to be gone and not listed', { rentalStatus: 'ending', missed: 3 }, 'ending', /being destroyed/],
    ['not to be destroyed', { rentalStatus: 'ending', isRed: true }, 'red', /should be gone/],
    ['an orphan that is not to be destroyed', { isRed: true, status: 'stopped' }, 'red', /should be gone/],
    [
      'only wished for',
      { status: undefined, rentalStatus: 'intended' },
      'booting',
      /nothing has been rented/,
    ],
    ['in doubt', { status: undefined, rentalStatus: 'creating' }, 'booting', /answer is not known/],
    ['not listed yet', { status: undefined, rentalStatus: 'booting' }, 'booting', /no listing/],
  ];
  it.each(table)('of one that is %s', (_, facts, verdict, why) => {
    const judged = judgeInstance({ ...calm, ...facts });
    expect(judged.verdict).toBe(verdict);
    expect(judged.why).toMatch(why);
  });
});
