// What people read for each kind of alert, from plain figures.
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/base/std/index.ts';
import {
  capAlert,
  contractEndAlert,
  creditRunwayAlert,
  forgottenAlert,
  hostDownAlert,
  keyRefusedAlert,
  parkedAlert,
  priceIncreaseAlert,
  redListAlert,
  secondFactorAlert,
} from '../../../src/net/notify/index.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 4, 44);
const context = { atMs: NOW_MS };
const machine = { key: 'rental_1', ref: 'my-run', gpu: '2× RTX 4090', instanceId: 123 };

describe('an alert that a machine', () => {
  it('is parked says what its disk costs a month, and until when that is paid', () => {
    const figures = { ...machine, diskUsdPerMonth: 4.32, sinceMs: NOW_MS - 76 * HOUR_MS };
    const paid = parkedAlert({ ...figures, paidUntilMs: NOW_MS + HOUR_MS }, context);
    expect(paid).toMatchObject({
      key: 'parked:rental_1',
      kind: 'parked',
      severity: 'info',
      title: 'my-run is parked and costs $4.32/month',
    });
    expect(paid.body).toBe(
      'my-run (2× RTX 4090, instance 123) is stopped since 2026-11-19 00:44 UTC (3d 4h); its disk is billed until it is destroyed. Money is set aside for it until 05:44 UTC.',
    );
    expect(paid.actions[0]?.command).toBe('vd rm --now my-run');
    const unpaid = parkedAlert({ ...figures, paidUntilMs: NOW_MS }, context);
    expect(unpaid).toMatchObject({
      severity: 'warning',
      body: expect.stringContaining('No money is set aside'),
    });
    expect(
      parkedAlert({ ...figures, diskUsdPerMonth: undefined, paidUntilMs: undefined }, context),
    ).toMatchObject({
      title: 'my-run is parked and costs $?/month',
      figures: { diskUsdPerMonth: null },
    });
  });

  it('cannot be destroyed says its price, the tries, and the last answer', () => {
    const alert = redListAlert(
      { ...machine, usdPerHour: 0.45, sinceMs: NOW_MS - 150 * 60_000, tries: 12, reason: 'HTTP 500' },
      context,
    );
    expect(alert).toMatchObject({
      severity: 'critical',
      title: 'my-run cannot be destroyed and costs $0.450/h',
      body: expect.stringContaining('since 02:14 UTC; 12 tries to destroy it, the last: HTTP 500.'),
    });
  });

  it('is forgotten says what it cost for nothing, and leaves what is not ours alone', () => {
    const figures = {
      ...machine,
      usdPerHour: 1,
      idleSinceMs: NOW_MS - 5 * HOUR_MS,
      idleUsd: 5,
      madeBy: 'us',
    } as const;
    expect(forgottenAlert(figures, context)).toMatchObject({
      title: 'my-run is idle for 5h and costs $1.00/h: forgotten?',
      body: expect.stringContaining('that was $5.00 for nothing.'),
    });
    expect(forgottenAlert({ ...figures, madeBy: 'others' }, context).body).toContain('not made by vastdeck');
  });

  it('does not answer says since when', () => {
    const alert = hostDownAlert(
      { ...machine, sinceMs: NOW_MS, usdPerHour: 1, reason: 'port 22 is closed' },
      context,
    );
    expect(alert.title).toBe('my-run does not answer since 04:44 UTC');
  });

  it.each([
    [72 * HOUR_MS + 1, undefined],
    [72 * HOUR_MS, { severity: 'warning', title: 'The contract of my-run ends in 72 h' }],
    [24 * HOUR_MS, { severity: 'warning', title: 'The contract of my-run ends in 24 h' }],
    [24 * HOUR_MS - 1, { severity: 'critical', title: 'The contract of my-run ends in 23 h' }],
    [90 * 60_000, { severity: 'critical', title: 'The contract of my-run ends in 1.5 h' }],
    [0, { severity: 'critical', title: 'The contract of my-run has ended' }],
  ])('has %i ms of contract left is told from 72 h on', (leftMs, expected) => {
    const alert = contractEndAlert({ ...machine, endsAtMs: NOW_MS + leftMs }, context);
    if (expected) expect(alert).toMatchObject(expected);
    else expect(alert).toBeUndefined();
  });

  it('will cost more says both prices and from when', () => {
    const figures = { ...machine, oldUsdPerHour: 0.4, newUsdPerHour: 0.5, effectiveAtMs: NOW_MS + DAY_MS };
    expect(priceIncreaseAlert(figures, context)).toMatchObject({
      title: 'my-run will cost $0.500/h instead of $0.400/h',
      body: 'my-run (2× RTX 4090, instance 123): the host raises the price at 2026-11-23 04:44 UTC (25 % more).',
    });
  });

  it('has a name that a shell would read otherwise quotes it in commands', () => {
    const commandOf = (ref: string) =>
      redListAlert({ ...machine, ref, usdPerHour: 1, sinceMs: NOW_MS, tries: 1, reason: 'x' }, context)
        .actions[1]?.command;
    expect(commandOf('my run; rm -rf $HOME')).toBe("vd rm --now 'my run; rm -rf $HOME'");
    expect(commandOf("it's")).toBe(String.raw`vd rm --now 'it'\''s'`);
    expect(commandOf('--all')).toBe('vd rm --now -- --all');
  });
});

describe('an alert that we are shut out', () => {
  const figures = {
    account: 'main',
    sinceMs: NOW_MS - 150 * 60_000,
    machines: 7,
    usdPerHour: 3.1,
    answer: 'Invalid user key',
  };

  it.each([
    [keyRefusedAlert, 'key-refused', 'refuses the API key of account main for 2h 30m ("Invalid user key")'],
    [secondFactorAlert, 'second-factor', 'asks for a second factor on account main for 2h 30m'],
  ] as const)('says since when, what burns, and what to do (%o)', (make, kind, body) => {
    expect(make(figures, context)).toMatchObject({
      key: `${kind}:main`,
      kind,
      severity: 'critical',
      title: 'Cannot destroy since 02:14 UTC: 7 machines, $3.10/h',
      body: expect.stringContaining(body),
      figures: { machines: 7, usdPerHour: 3.1 },
      actions: [{ command: 'vd login' }, { command: 'vd doctor' }],
    });
  });

  it('is no emergency while nothing runs', () => {
    expect(keyRefusedAlert({ ...figures, machines: 0 }, context)).toMatchObject({
      severity: 'warning',
      title: 'Cannot destroy since 02:14 UTC: no machine runs',
    });
  });

  it('says times in the zone that is named', () => {
    expect(keyRefusedAlert(figures, { ...context, timeZone: 'Asia/Kolkata' }).title).toContain(
      'since 07:44 GMT+5:30',
    );
  });
});

describe('an alert of a cap', () => {
  const cap = { cap: 'day', reservedUsd: 0, limitUsd: 10, resetsAtMs: NOW_MS + HOUR_MS };

  it.each([
    [{ spentUsd: 7.99 }, undefined],
    [
      { spentUsd: 8 },
      { key: 'cap-80:day', kind: 'cap-80', title: '80 % of the cap "day" of $10.00 is used' },
    ],
    [
      { spentUsd: 5, reservedUsd: 4.99 },
      { kind: 'cap-80', title: '99 % of the cap "day" of $10.00 is used' },
    ],
    [
      { spentUsd: 5, reservedUsd: 5 },
      { kind: 'cap-reached', severity: 'critical' },
    ],
    [{ spentUsd: 0, limitUsd: 0 }, undefined],
  ])('%o', (figures, expected) => {
    const alert = capAlert({ ...cap, ...figures }, context);
    if (expected) expect(alert).toMatchObject(expected);
    else expect(alert).toBeUndefined();
  });

  it('says what is spent, reserved and left, and when it begins anew', () => {
    const alert = capAlert({ ...cap, spentUsd: 6, reservedUsd: 3 }, context);
    expect(alert?.body).toBe(
      '$6.00 spent and $3.00 reserved of $10.00; $1.00 left. It begins anew at 05:44 UTC.',
    );
  });
});

describe('an alert of the credit', () => {
  it('says the hours left, when it is empty, and the sum that reaches the morning', () => {
    // 04:44 to 08:00 are 3.2667 h at $3.10: $10.1267.
    const alert = creditRunwayAlert({ creditUsd: 6.2, usdPerHour: 3.1, machines: 7 }, context);
    expect(alert).toMatchObject({
      severity: 'critical',
      title: 'The credit lasts 2 h more',
      figures: { hoursLeft: 2, sumToMorningUsd: 3.93, emptyAtMs: NOW_MS + 2 * HOUR_MS },
    });
    expect(alert.body).toContain('$6.20 left, 7 machines at $3.10/h: empty at 06:44 UTC');
    expect(alert.body).toContain('$3.93 more reach 08:00 UTC.');
  });

  it('says that it reaches the morning where it does, and is no emergency from six hours on', () => {
    const at = (creditUsd: number) => creditRunwayAlert({ creditUsd, usdPerHour: 1, machines: 1 }, context);
    expect(at(6)).toMatchObject({
      severity: 'warning',
      body: expect.stringContaining('It reaches 08:00 UTC.'),
    });
    expect(at(5.99).severity).toBe('critical');
    expect(at(-2)).toMatchObject({
      title: 'The credit is used up',
      figures: { hoursLeft: 0, sumToMorningUsd: 5.27 },
    });
  });

  it('is refused where nothing burns', () => {
    expect(() => creditRunwayAlert({ creditUsd: 1, usdPerHour: 0, machines: 0 }, context)).toThrow(
      'no runway',
    );
  });
});
