// `vastdeck up`: with a key the daemon, in the foreground or behind; without one, or when asked, a simulated market on the
// screen: a day of it is filled in within seconds, then it goes on at a pace that can be watched.
import type { LogLine } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';
import { DAEMON_FLAGS } from '../daemon-flags.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { endedSentence, showCollector } from '../output/collector-on-screen.ts';
import { type MarketScreen, marketScreen } from '../output/market-screen.ts';
import { startSimulatedMarket } from './simulated-market.ts';

export async function up(context: Context, flags: Flags): Promise<void> {
  const isLive = context.config.apiKey.value !== undefined && flags.simulate !== true;
  if (!isLive) return await showSimulated(context, flags);
  refuseSimulatedFlags(flags);
  const { daemonUp } = await import('./daemon-up.ts');
  await daemonUp(context, flags);
}

async function showSimulated(context: Context, flags: Flags): Promise<void> {
  refuseDaemonFlags(flags);
  const { terminal } = context;
  let screen: MarketScreen | undefined;
  // Before the screen stands and after it, lines go where all others go.
  const quiet: Context = {
    ...context,
    writeLog: (line: LogLine) => (screen ? screen.logged(line) : context.writeLog(line)),
  };
  const { thread, dir, headline, about } = await startSimulatedMarket(quiet, flags);
  if (!terminal.outIsTerminal) terminal.err(`${headline}\n${about}\n`);
  screen = marketScreen(context, { dir, headline });
  showCollector(thread, screen);
  let polls = 0;
  thread.events.on('poll:stored', () => {
    polls += 1;
  });
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
  terminal.err(`${endedSentence(polls, dir)}\n`);
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

/** Who asks for the daemon must not take a simulated market for it. */
function refuseDaemonFlags(flags: Flags): void {
  const given = DAEMON_FLAGS.filter((name) => flags[name] !== undefined);
  if (given.length === 0) return;
  const names = given.map((name) => (name === 'hostName' ? '--host-name' : `--${name}`)).join(' and ');
  throw new UsageError(
    flags.simulate === true
      ? `${names} can be given of the daemon only, and --simulate shows a simulated market; leave one of them out`
      : `${names} can be given of the daemon only, which needs an API key: run "vastdeck login", or set VAST_API_KEY`,
  );
}
