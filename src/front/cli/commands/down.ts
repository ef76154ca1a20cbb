// `vastdeck down`: stops the daemon and never a machine, and says what goes on.
import { createJobRecords } from '../../../rent/jobs/index.ts';
import { type FoundDaemon, findDaemon, stopDaemon } from '../../app/index.ts';
import { openBooksHere } from '../books-here.ts';
import type { Context } from '../context.ts';
import { waitedFor } from '../daemon-guard.ts';
import { askDaemon } from '../daemon-session.ts';
import { EXIT_CODES } from '../errors.ts';
import { type GoingOn, stoppedSentence } from '../output/goes-on.ts';
import { progressLine } from '../output/progress.ts';

const ASK_EVERY_MS = 1_000;

export async function down(context: Context): Promise<void> {
  const { config, terminal, clock } = context;
  const home = config.home.value;
  const daemon = findDaemon(home);
  // Asked before it is stopped: it knows the machines of others too.
  const goingOn = await whatGoesOn(context, daemon);
  const progress = progressLine(context);
  const stopped = new AbortController();
  const waits = daemon ? whatItWaitsFor(context, daemon, stopped.signal) : () => [];
  if (daemon) progress.keepShowing(() => stoppingText(daemon, waits()));
  const outcome = await stopDaemon(home, { clock, signal: terminal.interrupted }).finally(() => {
    stopped.abort();
    progress.end();
  });
  switch (outcome) {
    case 'none':
      terminal.err(`No daemon runs for ${home}. ${stoppedSentence(goingOn.instances, goingOn.jobs)}\n`);
      return;
    case 'elsewhere':
      terminal.err(
        `The daemon of ${home} runs on another computer (${daemon?.host}): run "vastdeck down" there.\n`,
      );
      return context.endWith(EXIT_CODES.failed);
    case 'slow':
      terminal.err(
        `The daemon (process ${daemon?.pid}) was asked to end and is still at it${waitText(waits())}. All it knows is stored: "kill -9 ${daemon?.pid}" loses nothing.\n`,
      );
      return context.endWith(EXIT_CODES.failed);
    case 'stopped':
      terminal.err(
        `The daemon (process ${daemon?.pid}) is stopped. ${stoppedSentence(goingOn.instances, goingOn.jobs)}\n`,
      );
  }
}

/** Asked every second while it ends; the newest answer. */
function whatItWaitsFor(context: Context, daemon: FoundDaemon, signal: AbortSignal): () => readonly string[] {
  let waits: readonly string[] = [];
  const watch = async () => {
    while (!signal.aborted) {
      await context.clock.sleep(ASK_EVERY_MS, signal);
      const told = await askDaemon(context, daemon, (client) => client.status());
      if (told) waits = waitedFor(told.parts);
    }
  };
  // Ended by the signal; what it would have told only explains.
  watch().catch(() => {});
  return () => waits;
}

function stoppingText({ pid }: FoundDaemon, waits: readonly string[]): string {
  return `stopping process ${pid}${waitText(waits)}…`;
}

function waitText(waits: readonly string[]): string {
  return waits.length === 0 ? '' : `; it waits for ${waits.join(', ')}`;
}

async function whatGoesOn(
  context: Context,
  daemon: FoundDaemon | undefined,
): Promise<{ readonly instances: readonly GoingOn[]; readonly jobs: number }> {
  const told = daemon && (await askDaemon(context, daemon, (client) => client.instances()));
  await using books = await openBooksHere(context);
  const jobs = (await createJobRecords(books.store).list({ isLive: true })).length;
  if (told) {
    const instances = told.instances.map(({ ref, usdPerHour }) => ({ name: ref, usdPerHour }));
    return { instances, jobs };
  }
  // Without a daemon to ask, what is known of our own rentals.
  const rentals = await books.records.list({ isLive: true });
  const instances = rentals
    .filter(({ instanceId }) => instanceId !== undefined)
    .map(({ name, id, terms, status }) => ({
      name: name || id,
      usdPerHour: (status === 'stopped' ? terms?.diskPricePerHour : terms?.pricePerHour) ?? null,
    }));
  return { instances, jobs };
}
