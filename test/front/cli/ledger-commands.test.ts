// Caps, limits and the switch from the command line: no network, no key.
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLedger } from '../../../src/base/ledger/index.ts';
import { createRandom, type MicroUsd, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { openStateStore } from '../../../src/front/app/state-store.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
let homes = 0;
afterAll(() => folder.remove());

function aHome() {
  homes += 1;
  const home = join(folder.path, `home-${homes}`);
  const env = { HOME: folder.path, VASTDECK_HOME: home, USER: 'ann' };
  const on = (...args: string[]) => vastdeck(args, { env });
  return {
    on,
    rows: async () => JSON.parse((await on('budget', '--json')).out) as Record<string, unknown>[],
    /** What the ledger itself answers to an act. */
    reserve: async (worstCost: number) => {
      await using store = await openStateStore({
        stateUrl: join(home, 'state.db'),
        clock: systemClock(),
        log: silentLog,
      }).then((opened) => ({ opened, [Symbol.asyncDispose]: () => opened.close() }));
      const ledger = createLedger({
        store: store.opened,
        random: createRandom(String(worstCost)),
        log: silentLog,
      });
      return await ledger.reserve({
        key: `act ${worstCost}`,
        kind: 'rent',
        worstCost: worstCost as MicroUsd,
        scopes: { label: 'a night' },
      });
    },
  };
}

describe('budget', () => {
  it('says that nothing limits spending while no cap is set', async () => {
    const { on } = aHome();
    const { code, err } = await on('budget');
    expect(code).toBe(0);
    expect(err).toContain('No cap is set');
  });

  it('shows a cap with who set it, and forgets it when it is removed', async () => {
    const { on, rows } = aHome();
    expect((await on('budget', 'set', 'label:a night', 'day', '$2.50')).code).toBe(0);
    expect(await rows()).toMatchObject([
      { kind: 'cap', name: 'label:a night', window: 'day', limit_usd: 2.5, left_usd: 2.5, set_by: 'ann' },
    ]);
    expect((await on('budget', 'remove', 'label:a night', 'day')).code).toBe(0);
    expect(await rows()).toEqual([]);
    expect((await on('budget', 'remove', 'label:a night', 'day')).code).toBe(4);
  });

  it.each([
    [['set', 'nobody', 'day', '1'], /does not say whose money/],
    [['set', 'label:', 'day', '1'], /does not say whose money/],
    [['set', 'total:x', 'day', '1'], /does not say whose money/],
    [['set', 'total', 'week', '1'], /"week" is not a window/],
    [['set', 'total', 'day', 'much'], /"much" is not a number/],
    [['set', 'total', 'day', '-1'], /unknown option|"-1"/],
    [['limit', 'set', 'new', '1'], /needs a type/],
    [['limit', 'set', 'new', '1', '--type', 'guess'], /--type "guess" is not known/],
    [['limit', 'set', 'new', '1.5', '--type', 'frequency'], /whole number/],
  ])('refuses %j', async (words, sentence) => {
    const { code, err } = await aHome().on('budget', ...words);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
  });

  it('takes the command that a denial by a cap prints, and the act then passes', async () => {
    const { on, reserve } = aHome();
    await on('budget', 'set', 'label:a night', 'month', '0.5');
    const denied = await reserve(700_000);
    const command = /raise it with: vd (.*)$/.exec(denied.kind === 'denied' ? denied.reason : '')?.[1];
    expect(command).toBe("budget set 'label:a night' month 0.70");
    expect((await on(...wordsOf(command))).code).toBe(0);
    expect((await reserve(700_000)).kind).toBe('reserved');
  });

  it('takes the command that a denial by a limit prints, and keeps its type and window', async () => {
    const { on, reserve, rows } = aHome();
    await on('budget', 'limit', 'set', 'my limit', '0.5', '--type', 'daily-loss', '--window', '12h');
    const denied = await reserve(700_000);
    const command = /raise it with: vd (.*)$/.exec(denied.kind === 'denied' ? denied.reason : '')?.[1];
    expect((await on(...wordsOf(command))).code).toBe(0);
    expect(await rows()).toMatchObject([{ kind: 'limit', name: 'my limit', window: '12h', limit_usd: 0.7 }]);
    expect((await reserve(700_000)).kind).toBe('reserved');
    expect((await on('budget', 'limit', 'remove', 'my limit')).code).toBe(0);
    expect(await rows()).toEqual([]);
  });

  it('lets a limit that warns be passed', async () => {
    const { on, reserve } = aHome();
    await on('budget', 'limit', 'set', 'soft', '0.5', '--type', 'exposure', '--warn');
    expect(await reserve(700_000)).toMatchObject({
      kind: 'reserved',
      warnings: [expect.stringContaining('soft')],
    });
    await on('budget', 'limit', 'set', 'soft', '0.5', '--enforce');
    expect((await reserve(800_000)).kind).toBe('denied');
  });
});

describe('halt', () => {
  it('forbids what spends until resume, and the first reason stays', async () => {
    const { on, reserve } = aHome();
    expect((await on('halt', 'the', 'bill', 'is', 'wrong')).code).toBe(0);
    const denied = await reserve(1);
    expect(denied).toMatchObject({ kind: 'denied', limit: 'halt' });
    expect((await on('halt', 'again')).err).toContain('by ann (the bill is wrong)');
    expect((await on('budget')).err).toContain('All spending is halted');
    expect((await on('resume')).err).toContain('halted since');
    expect((await reserve(1)).kind).toBe('reserved');
    expect((await on('resume')).err).toBe('Nothing was halted.\n');
  });

  it('wants a reason', async () => {
    expect((await aHome().on('halt')).code).toBe(2);
  });
});

describe('notify', () => {
  it('says where channels are set when there is none, and fails a test that reaches nobody', async () => {
    const { on } = aHome();
    const status = await on('notify', 'status');
    expect(status.code).toBe(0);
    expect(status.err).toContain('vastdeck.yaml');
    expect((await on('notify', 'test')).code).toBe(1);
    expect((await on('notify', 'test', 'phone')).code).toBe(4);
  });
});

describe('why', () => {
  it('needs no network to say that it knows nothing', async () => {
    const { code, err } = await aHome().on('why', 'lab');
    expect(code).toBe(4);
    expect(err).toContain('nothing was rented from here yet');
  });
});

/** As a shell would take it apart. */
function wordsOf(command: string | undefined): string[] {
  return [...(command ?? '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
