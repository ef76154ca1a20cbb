// Which market store a command means: the flag, then VW_DB, then the live store below home, then the simulated.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { NotFoundError, UsageError } from './errors.ts';
import type { Flags } from './flags.ts';

export function liveMarketDir(config: Config): string {
  return join(config.home.value, 'market');
}

/** Simulated state is kept apart, so that no report ever mixes the two. */
export function simulatedMarketDir(config: Config): string {
  return join(config.home.value, 'sim', 'market');
}

/**
 * Where to collect: as `storeToWrite`, but not beside a database of the original that was never brought over. Its
 * years and the new polls belong into one store, and they would not come together again.
 */
export function storeToCollect(context: Context, flags: Flags, fallback: string): string {
  const dir = storeToWrite(context, flags, fallback);
  if (flags.store === undefined && !existsSync(join(dir, 'store.json'))) refuseForeignFile(context.config);
  return dir;
}

/** Where to write: a new folder is fine. */
export function storeToWrite(context: Context, flags: Flags, fallback: string): string {
  const named = namedStore(context, flags);
  if (named) refuseFile(named);
  return named ?? fallback;
}

/** Where to read: it must exist. */
export function storeToRead(context: Context, flags: Flags): string {
  const { config } = context;
  const named = namedStore(context, flags);
  if (named) {
    refuseFile(named);
    if (existsSync(join(named, 'store.json'))) return named;
    refuseForeignFile(config);
    throw new NotFoundError(
      `There is no market store at ${named}; collect one with "vastdeck market collect", or name another with --store or VW_DB.`,
    );
  }
  for (const dir of [liveMarketDir(config), simulatedMarketDir(config)]) {
    if (existsSync(join(dir, 'store.json'))) return dir;
  }
  throw new NotFoundError(
    `There is no market store below ${config.home.value} yet; make one with "vastdeck market collect", or "vastdeck up" for a simulated one.`,
  );
}

function namedStore({ terminal, config }: Context, flags: Flags): string | undefined {
  return typeof flags.store === 'string' ? resolve(terminal.cwd, flags.store) : config.marketDir.value;
}

function refuseFile(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isFile() !== true) return;
  throw new UsageError(
    `${dir} is a file and a market store is a folder; to take a VastWatch file in, run "vastdeck market import ${dir}".`,
  );
}

/** VW_DB still names the original's database: nothing of it is lost, and one command brings it over. */
function refuseForeignFile({ marketFile, marketDir }: Config): void {
  if (!marketFile || !existsSync(marketFile)) return;
  throw new NotFoundError(
    `${marketFile} is a file and a market store is a folder; if it is a VastWatch database, bring it over with "vastdeck market import ${marketFile} --live" (into ${marketDir.value}), or name another place with --store or VW_DB.`,
  );
}
