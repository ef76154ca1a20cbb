// `vastdeck up`: collects the market in a thread and keeps its occupancy on the screen. Without a key the market
// is simulated: a day of it is filled in within seconds, then it goes on at a pace that can be watched.
import type { LogLine } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { type MarketScreen, marketScreen } from '../output/market-screen.ts';
import { plural } from '../output/number.ts';
import { startLiveMarket } from './live-market.ts';
import { startSimulatedMarket } from './simulated-market.ts';
import type { StartedMarket } from './started-market.ts';

export async function up(context: Context, flags: Flags): Promise<void> {
  const { terminal, config } = context;
  const isLive = config.apiKey.value !== undefined && flags.simulate !== true;
  if (isLive) refuseSimulatedFlags(flags);
  let screen: MarketScreen | undefined;
  // Before the screen stands and after it, lines go where all others go.
  const quiet: Context = {
    ...context,
    writeLog: (line: LogLine) => (screen ? screen.logged(line) : context.writeLog(line)),
  };
  const started = isLive ? await startLive(quiet, flags) : await startSimulatedMarket(quiet, flags);
  const { thread, dir, headline } = started;
  if (!terminal.outIsTerminal) terminal.err(`${headline}\n${started.about}\n`);
  screen = marketScreen(context, { dir, headline });
  let polls = 0;
  thread.events.on('poll:stored', (report) => {
    polls += 1;
    screen?.pollStored(report);
  });
  thread.events.on('sweep:progress', (progress) => screen?.sweeping(progress));
  thread.events.on('collector:blind', ({ sinceMs, reason }) => screen?.blind(sinceMs, reason));
  thread.events.on('collector:seeing', () => screen?.seeing());
  thread.events.on('collector:caught-up', () => screen?.caughtUp());
  let isAskedToEnd = false;
  const end = () => {
    isAskedToEnd = true;
    screen?.ending();
    // Its failure is seen where `done` is awaited.
    thread.stop().catch(() => {});
  };
  terminal.interrupted.addEventListener('abort', end, { once: true });
  const ignoreKeys = terminal.onKey((key) => {
    if (key.toLowerCase() === 'q') end();
  });
  try {
    await thread.done;
  } finally {
    ignoreKeys();
    await screen.end();
    screen = undefined;
  }
  const next = polls > 0 ? ` "vastdeck market report" reads the store ${dir}.` : '';
  terminal.err(`Ended after ${plural(polls, 'poll')}.${next}\n`);
  if (isAskedToEnd && flags.polls !== undefined) context.endWith(EXIT_CODES.interrupted);
}

/** Who names a seed means the simulated market, and must not begin to collect the live one. */
function refuseSimulatedFlags(flags: Flags): void {
  const given = ['seed', 'offers', 'backfill'].filter((name) => flags[name] !== undefined);
  if (given.length === 0) return;
  throw new UsageError(
    `${given.map((name) => `--${name}`).join(' and ')} can be given of the simulated market only, and there is an API key, so the live one would be collected; add --simulate, or leave ${given.length > 1 ? 'them' : 'it'} out`,
  );
}

async function startLive(context: Context, flags: Flags): Promise<StartedMarket> {
  const { thread, dir } = await startLiveMarket(context, flags);
  const headline = `Collecting ${context.config.baseUrl.value} into ${dir}. q or Ctrl-C ends it; nothing is rented.`;
  return { thread, dir, headline, about: 'The first poll takes about a minute: searches are 6 s apart.' };
}
