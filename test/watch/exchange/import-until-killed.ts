// Runs an import and kills its own process, as `kill -9` would, when so many polls have been taken.
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import { importMarket } from '../../../src/watch/exchange/index.ts';

const [source = '', dir = '', polls = '0'] = process.argv.slice(2);
let elapsedMs = 0;

await importMarket({
  source,
  dir,
  log: silentLog,
  // A second passes at each look, so that progress is told at every poll.
  clock: {
    ...systemClock(),
    monotonic: () => {
      elapsedMs += 1_000;
      return elapsedMs;
    },
  },
  onProgress: ({ stage, pollsDone }) => {
    if (stage === 'importing' && pollsDone === Number(polls)) process.kill(process.pid, 'SIGKILL');
  },
});
