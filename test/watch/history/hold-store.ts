// Run as a process of its own: holds the store named by its argument until its standard input ends.
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import { openMarketWriter } from '../../../src/watch/history/index.ts';

await using _writer = await openMarketWriter({
  dir: process.argv[2] ?? '',
  origin: { kind: 'simulated', seed: '7' },
  holder: 'the other process',
  clock: systemClock(),
  log: silentLog,
});
process.stdout.write('held\n');
for await (const _ of process.stdin);
