// Trying again: each kind by its own clock, both sides of each limit.
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RETRY,
  decideRetry,
  type JobFailure,
  type RetryPolicy,
} from '../../../../src/rent/jobs/index.ts';

const S = 1_000;
const M = 60 * S;
const H = 60 * M;

/** `interruption@60000` is one at that time; a `+` after it says that the work had come further. */
function failures(text: string): JobFailure[] {
  return text.split(' ').map((word) => {
    const [kind = '', at = ''] = word.split('@');
    return {
      kind: kind as JobFailure['kind'],
      atMs: Number.parseInt(at, 10),
      reason: '',
      hasAdvanced: at.endsWith('+'),
    };
  });
}

function decide(
  text: string,
  options: {
    readonly nowMs?: number;
    readonly policy?: Partial<RetryPolicy>;
    readonly deadlineMs?: number;
  } = {},
) {
  const all = failures(text);
  const { nowMs = all.at(-1)?.atMs ?? 0, policy = {}, deadlineMs } = options;
  const decision = decideRetry({ policy: { ...DEFAULT_RETRY, ...policy }, failures: all, nowMs, deadlineMs });
  return decision.kind === 'retry' ? decision.atMs - nowMs : decision.reason;
}

describe('no capacity', () => {
  it('is waited out in growing steps', () => {
    const at = ['0', '15000', '45000', '105000', '225000', '525000'];
    const waits = at.map((_, index) =>
      decide(
        at
          .slice(0, index + 1)
          .map((each) => `no_capacity@${each}`)
          .join(' '),
      ),
    );
    expect(waits).toEqual([15 * S, 30 * S, M, 2 * M, 5 * M, 5 * M]);
  });

  it('is given up when its clock has run out, and tried a last time just then', () => {
    expect(decide(`no_capacity@0 no_capacity@${30 * M - 1}`)).toBe(1);
    expect(decide(`no_capacity@0 no_capacity@${30 * M}`)).toBe(
      'no machine to be had for 30m (retry.no_capacity.for: 30m)',
    );
  });

  it('begins its clock anew once there was a machine', () => {
    expect(
      decide(`no_capacity@0 error@${H} no_capacity@${2 * H}`, {
        policy: { error: { forMs: undefined, times: 1 } },
      }),
    ).toBe(15 * S);
  });

  it('after an interruption is waited out by the longer of the two clocks', () => {
    expect(decide(`interruption@0 no_capacity@${M} no_capacity@${2 * H}`)).toBe(30 * S);
    expect(decide(`interruption@0 no_capacity@${M} no_capacity@${6 * H}`)).toMatch(
      /^no machine to be had for 6h/,
    );
    const short = { interruption: { forMs: M, times: undefined } };
    expect(decide(`interruption@0 no_capacity@${M} no_capacity@${20 * M}`, { policy: short })).toBe(30 * S);
    const few = { no_capacity: { forMs: H, times: 1 } };
    expect(decide(`interruption@0 no_capacity@1 no_capacity@2`, { policy: few })).toMatch(/tried again once/);
  });
});

describe('an interruption', () => {
  it('is followed at once by another try, and by slower ones as long as nothing is gained', () => {
    expect(decide('interruption@0')).toBe(0);
    expect(decide('interruption@0 interruption@1000')).toBe(15 * S);
    expect(decide('interruption@0 interruption@1000 interruption@2000+')).toBe(0);
  });

  it('counts from the last time that the work came further, whatever else failed meanwhile', () => {
    expect(decide(`interruption@0 no_capacity@1 interruption@${6 * H - 1}`)).toBe(1);
    expect(decide(`interruption@0 no_capacity@1 interruption@${6 * H}`)).toBe(
      'interrupted for 6h (retry.interruption.for: 6h)',
    );
    expect(decide(`interruption@0 interruption@${5 * H}+ interruption@${10 * H}`)).toBe(15 * S);
  });
});

describe('an error', () => {
  it('is not tried again unless that is asked for, then so many times', () => {
    expect(decide('error@0')).toBe('failed, and is not tried again (retry.error.times: 0)');
    const twice = { error: { forMs: undefined, times: 2 } };
    expect(decide('error@0 interruption@1 error@2', { policy: twice })).toBe(30 * S);
    expect(decide('error@0 interruption@1 error@2 error@3', { policy: twice })).toBe(
      'failed, and was tried again 2 times (retry.error.times: 2)',
    );
  });

  it('may have a clock and no count', () => {
    const policy = { error: { forMs: H, times: undefined } };
    expect(decide(`error@0 error@${H - 1}`, { policy })).toBe(1);
    expect(decide(`error@0 error@${H}`, { policy })).toMatch(/^failed for 1h/);
  });
});

describe('every kind', () => {
  it('is given up when max_duration leaves no time', () => {
    expect(decide('no_capacity@0', { deadlineMs: 15 * S + 1 })).toBe(15 * S);
    expect(decide('no_capacity@0', { deadlineMs: 15 * S })).toMatch(/max_duration leaves no time/);
  });

  it('is not waited for longer by one who comes late', () => {
    expect(decide('no_capacity@0', { nowMs: 10 * S })).toBe(5 * S);
    expect(decide('no_capacity@0', { nowMs: 20 * S })).toBe(0);
  });
});
