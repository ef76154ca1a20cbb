// A process of its own for processes.test.ts: reserves until it is denied; or, told to run an effect, runs it once
// and says what it got; or holds an effect for ever, until it is killed.
import { appendFileSync } from 'node:fs';
import { createEffects, createLedger, ledgerMigrations } from '../../../src/base/ledger/index.ts';
import { createRandom, freshSeed, microUsd, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { openStore } from '../../../src/base/store/index.ts';

const [url = '', task = '', name = '', file = ''] = process.argv.slice(2);
const clock = systemClock();
const store = await openStore({ url, clock, log: silentLog, migrations: ledgerMigrations });
if (task === 'spend' || task === 'spend-and-settle') {
  const ledger = createLedger({ store, random: createRandom(freshSeed()), log: silentLog });
  for (let number = 1; ; number += 1) {
    const intent = { key: `${name} ${number}`, kind: 'rent', worstCost: microUsd(1), scopes: { job: name } };
    const result = await ledger.reserve(intent);
    if (result.kind === 'denied') break;
    process.stdout.write(`${result.reservation.id}\n`);
    if (task === 'spend-and-settle') await ledger.settle(result.reservation.id, microUsd(0.5));
  }
} else {
  const { effect } = createEffects({ store });
  const act = async () => {
    appendFileSync(file, `${name}\n`);
    // Says that it runs; then it lasts, so that the others come while it does.
    process.stdout.write('running\n');
    await clock.sleep(task === 'hold' ? 3_600_000 : 100);
    return { by: name };
  };
  const result = await effect('the act', act, async () => ({ kind: 'did-not-happen' }));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await store.close();
