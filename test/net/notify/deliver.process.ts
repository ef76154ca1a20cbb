// A process of its own for failures.test.ts: delivers what is due, and is killed in the middle of it.
import { createRandom, SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import { openStore } from '../../../src/base/store/index.ts';
import { createOutbox, notifyMigrations, parseNotifyOptions } from '../../../src/net/notify/index.ts';

const [url = '', options = '', nowMs = ''] = process.argv.slice(2);
const store = await openStore({
  url,
  clock: new SteppedClock(Number(nowMs)),
  log: silentLog,
  migrations: notifyMigrations,
});
await createOutbox({
  store,
  fetch: globalThis.fetch,
  random: createRandom('child'),
  log: silentLog,
  options: parseNotifyOptions(JSON.parse(options)),
}).deliver();
