// `vastdeck top`: every run on one screen; as sentences for those who hear it; once for programs.
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { collectGarbage } from '../../../base/std/index.ts';
import { holdWrites, runPlainTop, runTop, type SavedScreen, terminalLook } from '../../tui/index.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { readTopFlags, type TopSettings } from './top-flags.ts';
import { quietOutput } from './top-log.ts';
import { topOnce } from './top-once.ts';
import type { TopSource } from './top-shown.ts';
import { openTopSource } from './top-source.ts';

/** What beginning took is given back to the computer once it has begun. */
const SETTLED_AFTER_MS = 10_000;

export async function top(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const settings = readTopFlags(flags, terminal);
  // From here on the first interruption ends it in order.
  const signal = terminal.interrupted;
  const quiet = quietOutput(context, settings.logFile);
  const log = settings.form === 'screen' || settings.logFile !== undefined ? quiet.log : context.log;
  // The service may take its time, and a dark screen would say nothing of it.
  if (settings.form === 'screen' && settings.source === 'account') terminal.err('Opening the account...\n');
  await using source = await openTopSource(context, settings, log);
  if (source.isBesideDaemon && settings.form !== 'screen')
    terminal.err(`Shown: ${source.whose?.sentence}.\n`);
  log.debug('the monitor is open', { whose: source.whose?.sentence });
  if (settings.form === 'screen') {
    const release = holdWrites(terminal.stderr, quiet.take);
    try {
      await showScreen(context, settings, source, (what, error) => log.warn(what, { error }));
    } finally {
      release();
    }
    return;
  }
  // Where there is no screen to wait on, what keeps it from being shown ends it as it ends every command.
  if (source.failure !== null) throw source.failure;
  if (settings.form === 'plain') {
    await runPlainTop({ monitor: source.monitor, out: terminal.out, clock, signal });
    return;
  }
  const { trouble, runs } = await topOnce(context, source.monitor, settings);
  if (trouble === null) return;
  terminal.err(`${trouble}\n`);
  if (runs.length === 0) context.endWith(EXIT_CODES.api);
}

async function showScreen(
  { terminal, clock }: Context,
  settings: TopSettings,
  { monitor, acts, failure, whose }: TopSource,
  onError: (what: string, error: unknown) => void,
): Promise<void> {
  const look = terminalLook(terminal.env);
  if (failure !== null) onError('the account could not be opened', failure);
  const settled = clock.setTimer(SETTLED_AFTER_MS, () => collectGarbage('all-and-shrink'));
  await runTop({
    monitor,
    acts,
    terminal,
    look: { ...look, hasUnicode: look.hasUnicode && settings.signs === undefined },
    zone: settings.zone,
    intervalMs: settings.intervalMs,
    group: settings.group,
    whose,
    save: async (screen) => saveIn(terminal.cwd, screen),
    onError,
    clock,
    signal: terminal.interrupted,
    hasKeeper: process.platform !== 'win32',
  }).finally(() => settled.cancel());
}

/** Two files where the person is: a picture, and text. Never over what is there. */
function saveIn(folder: string, { svg, text, atMs }: SavedScreen): string {
  const stem = join(folder, `vastdeck-top-${new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '')}`);
  writeFileSync(`${stem}.svg`, svg, { flag: 'wx' });
  writeFileSync(`${stem}.txt`, text, { flag: 'wx' });
  return `Saved ${basename(stem)}.svg and .txt in ${folder}.`;
}
