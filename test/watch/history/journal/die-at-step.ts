// Run as a process of its own: appends the series' next poll, or drops sealed polls, and dies by SIGKILL at a step.
// Arguments: the store's folder, `append` or `drop`, the poll, the step (from 1).
import { SteppedClock } from '../../../../src/base/std/index.ts';
import { openJournal } from '../../../../src/watch/history/journal/open-journal.ts';
import { marketSeries } from './market-series.ts';

const [dir = '', act, poll, dieAt] = process.argv.slice(2);
let steps = 0;
const journal = openJournal(dir, {
  mode: 'write',
  clock: new SteppedClock(),
  onStep: () => {
    steps += 1;
    if (steps === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
  },
});
const next = marketSeries()[Number(poll) - 1];
if (act === 'append' && next) journal.append(next);
if (act === 'drop') journal.dropThrough(Number(poll));
journal.close();
