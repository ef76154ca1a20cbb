// A process of its own for store.test.ts: opens the store while others do, and appends ten events; or, told to be
// endless, as many as it can, saying each number once it is stored, until it is killed.
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import { appendEvents, openStore } from '../../../src/base/store/index.ts';

const [url = '', id = ''] = process.argv.slice(2);
const clock = systemClock();
const store = await openStore({ url, clock, log: silentLog });
const events = [{ noun: 'process', id, status: 'wrote', reason: '' }];
const count = id === 'endless' ? Number.POSITIVE_INFINITY : 10;
for (let i = 0; i < count; i += 1) {
  const seq = await store.transaction((trx) => appendEvents(trx, { clock, events }));
  if (id === 'endless') process.stdout.write(`${seq}\n`);
}
await store.close();
