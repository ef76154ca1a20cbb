// Several processes on one store: together they never pass a cap, and run an effect once.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEffects, createLedger, ledgerMigrations } from '../../../src/base/ledger/index.ts';
import { createRandom, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { openStore, type Store } from '../../../src/base/store/index.ts';
import { ENGINES, type Engine, freshStoreUrl, temporaryFolder } from '../../support/stores.ts';
import { dollars } from './a-ledger.ts';

const program = new URL('./spender.process.ts', import.meta.url).pathname;

async function aWorld(engine: Engine) {
  const url = await freshStoreUrl(engine);
  const store = await openStore({ url, clock: systemClock(), log: silentLog, migrations: ledgerMigrations });
  onTestFinished(() => store.close());
  const ledger = createLedger({ store, random: createRandom('here'), log: silentLog });
  return { url, store, ledger };
}

function start(...args: readonly string[]): ChildProcess & { readonly lines: AsyncIterable<string> } {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return Object.assign(child, { lines: createInterface({ input: child.stdout }) });
}

async function linesOf(child: ReturnType<typeof start>): Promise<string[]> {
  const lines: string[] = [];
  const closed = once(child, 'close');
  for await (const line of child.lines) lines.push(line);
  expect((await closed)[0]).toBe(0);
  return lines;
}

const openCount = async (store: Store) => {
  const ledger = createLedger({ store, random: createRandom('count'), log: silentLog });
  return (await ledger.listOpenReservations()).length;
};

describe.each(ENGINES)('processes on %s', (engine) => {
  it('reserve at once, and fill the cap to the dollar together', async () => {
    const { url, store, ledger } = await aWorld(engine);
    await ledger.setCap({ scope: 'total', window: 'all', limit: dollars(40), setBy: 'test' });
    const children = ['a', 'b', 'c'].map((name) => start(url, 'spend', name));
    const told = (await Promise.all(children.map(linesOf))).flat();
    expect(new Set(told).size).toBe(40);
    expect(await openCount(store)).toBe(40);
    expect((await ledger.budget())[0]).toMatchObject({ reserved: 40e6, left: 0 });
  });

  it('that are killed while they spend leave their money reserved, and the rest goes on to the cap', async () => {
    const { url, ledger } = await aWorld(engine);
    await ledger.setCap({ scope: 'total', window: 'all', limit: dollars(30), setBy: 'test' });
    const victim = start(url, 'spend-and-settle', 'victim');
    let told = 0;
    for await (const _ of victim.lines) {
      told += 1;
      if (told >= 10) break;
    }
    victim.kill('SIGKILL');
    await linesOf(start(url, 'spend-and-settle', 'other'));
    const [row] = await ledger.budget();
    const [mine] = (await ledger.costs({ by: 'job' })).filter(({ value }) => value === 'victim');
    expect(mine?.spent).toBeGreaterThanOrEqual(9 * 0.5e6);
    // Denied when less than a dollar was left.
    expect((row?.spent ?? 0) + (row?.reserved ?? 0)).toBeGreaterThan(29e6);
    expect((row?.spent ?? 0) + (row?.reserved ?? 0)).toBeLessThanOrEqual(30e6);
  });

  it('run an effect once, and all get its result', async () => {
    const { url } = await aWorld(engine);
    const file = join(temporaryFolder(), 'acts');
    const children = ['a', 'b', 'c'].map((name) => start(url, 'effect', name, file));
    const results = (await Promise.all(children.map(linesOf))).map((lines) => lines.at(-1));
    const acts = readFileSync(file, 'utf8').trim().split('\n');
    expect(acts).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set([JSON.stringify({ by: acts[0] })]));
  });

  it('wait for the silence of one that was killed in its effect, and then ask whether it happened', async () => {
    const { url, store } = await aWorld(engine);
    const file = join(temporaryFolder(), 'acts');
    const holder = start(url, 'hold', 'holder', file);
    for await (const line of holder.lines) if (line === 'running') break;
    const effects = createEffects({ store, heldMs: 1_000 });
    const asked: string[] = [];
    const waiting = effects.effect(
      'the act',
      async () => ({ by: 'us' }),
      async () => {
        asked.push(String(holder.signalCode));
        return { kind: 'happened', result: { by: 'holder' } };
      },
    );
    expect(await effects.unresolved()).toMatchObject([{ key: 'the act', attempts: 1, isHeld: true }]);
    holder.kill('SIGKILL');
    expect(await waiting).toEqual({ by: 'holder' });
    expect(asked).toEqual(['SIGKILL']);
    expect(await effects.unresolved()).toEqual([]);
  });
});
