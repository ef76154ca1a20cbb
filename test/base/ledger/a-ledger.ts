// A ledger on a fresh store, and what its tests say often.

import {
  createLedger,
  type Intent,
  type Ledger,
  type LedgerOptions,
  ledgerMigrations,
  type ReserveResult,
} from '../../../src/base/ledger/index.ts';
import { createRandom, type MicroUsd, microUsd, silentLog } from '../../../src/base/std/index.ts';
import { readEventsSince, type Store } from '../../../src/base/store/index.ts';
import { type Engine, freshStore, type TestStore } from '../../support/stores.ts';

export interface TestLedger extends TestStore {
  readonly ledger: Ledger;
  /** A ledger on the same store, as another process has it. */
  readonly ledgerOn: (store: Store) => Ledger;
}

let ledgers = 0;

export async function aLedger(engine: Engine, options: Partial<LedgerOptions> = {}): Promise<TestLedger> {
  const test = await freshStore(engine, { migrations: ledgerMigrations });
  const ledgerOn = (store: Store) =>
    createLedger({ store, random: createRandom(`ledger ${++ledgers}`), log: silentLog, ...options });
  return { ...test, ledgerOn, ledger: ledgerOn(test.store) };
}

export const dollars = (amount: number): MicroUsd => microUsd(amount);

let intents = 0;

export function anIntent(
  over: Partial<Omit<Intent, 'worstCost'>> & { readonly worst?: number } = {},
): Intent {
  const { worst = 1, ...rest } = over;
  return { key: `act ${++intents}`, kind: 'rent', scopes: {}, worstCost: dollars(worst), ...rest };
}

export function reservedId(result: ReserveResult): string {
  if (result.kind !== 'reserved') throw new Error(`denied: ${result.reason}`);
  return result.reservation.id;
}

export function denial(result: ReserveResult): { readonly limit: string; readonly reason: string } {
  if (result.kind !== 'denied') throw new Error(`not denied: ${result.reservation.id}`);
  return result;
}

/** `noun id status: reason`, oldest first. */
export async function storyOf(store: Store, noun?: string): Promise<string[]> {
  const events = await readEventsSince(store.db, 0, noun === undefined ? {} : { noun });
  return events.map((event) => `${event.noun} ${event.id} ${event.status}: ${event.reason}`);
}
