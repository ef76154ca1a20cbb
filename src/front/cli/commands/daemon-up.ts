// `vastdeck up` with a key: says what the daemon will drive and what that costs, asks when it spends, and runs it here or
// behind.
import { formatDuration, type LogLine, printable } from '../../../base/std/index.ts';
import { createJobRecords } from '../../../rent/jobs/index.ts';
import { readPs } from '../../../rent/rental/index.ts';
import { checkInterval } from '../../../watch/collector/index.ts';
import {
  DaemonRunningError,
  daemonLogPath,
  describeDaemonEnd,
  findDaemon,
  lastDaemonEnd,
  type PartHealth,
  type PartName,
  type Renting,
  startDaemonInBackground,
} from '../../app/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { type DaemonWish, readDaemonWish } from '../daemon-flags.ts';
import { guardDaemon } from '../daemon-guard.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openDaemon, openDaemonRenting } from '../open-daemon.ts';
import { askAddress } from '../origin.ts';
import { endedSentence, showCollector } from '../output/collector-on-screen.ts';
import { stoppedSentence } from '../output/goes-on.ts';
import type { MarketScreen } from '../output/market-screen.ts';
import { liveMarketDir } from '../store-place.ts';
import { planDaemon } from './daemon-plan.ts';
import { collectSettings } from './live-market.ts';

export async function daemonUp(context: Context, flags: Flags): Promise<void> {
  const { config } = context;
  const wish = readDaemonWish(context, flags);
  const hasCollector = wish.only === undefined || wish.only.includes('collector');
  // What is wrong with interval, filter or store is found before anything is started.
  if (hasCollector) {
    const { intervalMs } = collectSettings(context, flags, liveMarketDir(config));
    const { origin } = await askAddress(config.baseUrl.value, context);
    checkInterval({ intervalMs, origin });
  }
  const running = findDaemon(config.home.value);
  if (running) {
    throw new DaemonRunningError(
      `${config.home.value} has a daemon already (process ${running.pid} at ${running.address}): "vastdeck status" shows it, "vastdeck down" stops it`,
    );
  }
  const lastEnd = lastDaemonEnd(config.home.value);
  const ended = lastEnd && describeDaemonEnd(lastEnd);
  if (ended !== undefined) context.terminal.err(`${printable(ended)}\n`);
  if (!(await isAgreed(context, flags, wish))) return;
  if (flags.detach === true) return await goBehind(context, flags);
  await runHere(context, flags, { wish, hasCollector });
}

/** Nobody is asked where nothing is spent. */
async function isAgreed(context: Context, flags: Flags, wish: DaemonWish): Promise<boolean> {
  await using renting = await openDaemonRenting(context, wish);
  const { sentences, spends } = await planDaemon(context, renting, wish);
  const plan = sentences.join('\n');
  if (spends || flags.dryRun === true) return await askConsent(context, flags, { plan });
  context.terminal.err(`${plan.split('\n').map(printable).join('\n')}\n`);
  return true;
}

async function goBehind(context: Context, flags: Flags): Promise<void> {
  const { config, terminal, clock } = context;
  const home = config.home.value;
  const daemon = await startDaemonInBackground({
    home,
    env: terminal.env,
    cwd: terminal.cwd,
    clock,
    flags: passedOn(flags),
    signal: terminal.interrupted,
  });
  terminal.err(
    `The daemon runs as process ${daemon.pid} at ${daemon.address}; it writes ${daemonLogPath(home)}. "vastdeck status" shows its parts, "vastdeck down" stops it.\n`,
  );
}

/** The flags that the process behind is to be given again. */
function passedOn(flags: Flags): string[] {
  const valued = { only: '--only', port: '--port', listen: '--listen', hostName: '--host-name' } as const;
  const collecting = { store: '--store', interval: '--interval', polls: '--polls' } as const;
  return Object.entries({ ...valued, ...collecting }).flatMap(([name, flag]) =>
    typeof flags[name] === 'string' ? [flag, flags[name]] : [],
  );
}

async function runHere(
  context: Context,
  flags: Flags,
  { wish, hasCollector }: { readonly wish: DaemonWish; readonly hasCollector: boolean },
): Promise<void> {
  const { terminal, clock, config } = context;
  // What nobody looks at is not loaded: the screen reads reports, and they need DuckDB.
  const { marketScreen } = terminal.outIsTerminal ? await import('../output/market-screen.ts') : {};
  let screen: MarketScreen | undefined;
  let polls = 0;
  let storeDir: string | undefined;
  const writeLog = (line: LogLine) => (screen ? screen.logged(line) : context.writeLog(line));
  const quiet: Context = { ...context, writeLog };
  const ending = new AbortController();
  const end = () => {
    screen?.ending();
    ending.abort();
    guard.ending();
  };
  const startedAtMs = clock.now();
  using guard = guardDaemon(quiet, {
    startedAtMs,
    health: () => daemon.supervisor.health(),
    lastWord: async (kind, reason) => {
      await screen?.end();
      await daemon.tell(kind, reason);
    },
  });
  await using daemon = await openDaemon(quiet, {
    wish,
    startedAtMs,
    flags,
    writeLog,
    onPart: (part) => {
      if (!screen) terminal.err(`${printable(partLine(part))}\n`);
    },
    onCollector: (thread, dir) => {
      storeDir = dir;
      thread.events.on('poll:stored', () => {
        polls += 1;
      });
      if (!marketScreen) return;
      screen ??= marketScreen(quiet, {
        dir,
        headline: `vastdeck runs at ${daemon.address}, collecting ${config.baseUrl.value}. q or Ctrl-C ends it, and no machine.`,
      });
      showCollector(thread, screen);
    },
  });
  terminal.err(
    `The daemon runs as process ${terminal.pid} at ${daemon.address}; "vastdeck status" shows its parts.\n`,
  );
  terminal.interrupted.addEventListener('abort', end, { once: true });
  if (terminal.interrupted.aborted) end();
  const ignoreKeys = terminal.onKey((key) => {
    if (key.toLowerCase() === 'q') end();
  });
  const isCounted = hasCollector && flags.polls !== undefined;
  let hasAllPolls = false;
  if (isCounted) {
    void daemon.supervisor.ended('collector').then(() => {
      hasAllPolls = !ending.signal.aborted;
      end();
    });
  }
  const startedMs = clock.monotonic();
  let left: readonly PartName[] = [];
  try {
    left = await daemon.supervisor.run(ending.signal);
  } finally {
    ignoreKeys();
    await screen?.end();
    screen = undefined;
  }
  const ran = formatDuration(clock.monotonic() - startedMs);
  const collected = storeDir === undefined ? '' : ` ${endedSentence(polls, storeDir)}`;
  terminal.err(`The daemon has ended after ${ran}.${collected}\n${await goesOn(context, daemon.renting)}\n`);
  if (isCounted && !hasAllPolls) context.endWith(EXIT_CODES.interrupted);
  // They hold on to things that keep a process alive, and what they hold on to cannot be closed under them.
  if (left.length > 0) guard.force();
}

function partLine({ name, status, reason }: PartHealth): string {
  return `${name}: ${status}${reason ? ` (${reason})` : ''}`;
}

async function goesOn({ clock }: Context, renting: Renting): Promise<string> {
  const account = renting.account.account;
  const { rows } = await readPs({ ...renting, account, nowMs: clock.now() });
  const jobs = await createJobRecords(renting.store).list({ account, isLive: true });
  return stoppedSentence(
    rows.map(({ ref, usdPerHour }) => ({ name: ref, usdPerHour })),
    jobs.length,
  );
}
