// `vastdeck doctor`: what this machine and account need to run vastdeck, each with what to do when it is missing.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatDuration, makeFolder } from '../../../base/std/index.ts';
import { recognizeStore } from '../../../watch/exchange/index.ts';
import { openMarketReader } from '../../../watch/history/index.ts';
import { personSession } from '../client.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import { describeFailure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import { formatBytes, plural } from '../output/number.ts';
import { liveMarketDir, simulatedMarketDir } from '../store-place.ts';

type Finding = {
  readonly check: string;
  readonly result: 'ok' | 'note' | 'fault';
  readonly detail: string;
};

/** A year of the market takes about 100 MB; below this the disk is the first thing that will fail. */
const LOW_DISK_BYTES = 1_000_000_000;

export async function doctor(context: Context, flags: Flags): Promise<void> {
  const findings: Finding[] = [];
  for (const check of [checkNode, checkHome, checkDisk, checkKeyAndNetwork, checkMarketPath, checkStores]) {
    const found = await check(context);
    findings.push(...(Array.isArray(found) ? found : [found]));
  }
  context.print(findings, [{ name: 'check' }, { name: 'result' }, { name: 'detail', isProse: true }], flags);
  const faults = findings.filter(({ result }) => result === 'fault');
  if (faults.length > 0) {
    const isApi = faults.every(({ check }) => check === 'api');
    context.endWith(isApi ? EXIT_CODES.api : EXIT_CODES.failed);
  }
}

function checkNode({ terminal }: Context): Finding {
  return { check: 'node', result: 'ok', detail: `Node ${terminal.nodeVersion}` };
}

function checkHome({ config }: Context): Finding {
  const home = config.home.value;
  try {
    makeFolder(home);
    accessSync(home, constants.W_OK | constants.R_OK);
    return { check: 'home', result: 'ok', detail: `${home} can be written` };
  } catch (error) {
    const why = (error as Error).message;
    return {
      check: 'home',
      result: 'fault',
      detail: `${home} cannot be written (${why}); name another folder with VASTDECK_HOME`,
    };
  }
}

function checkDisk({ config }: Context): Finding {
  let place = config.home.value;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const isLow = free < LOW_DISK_BYTES;
  return {
    check: 'disk',
    result: isLow ? 'note' : 'ok',
    detail: `${formatBytes(free)} free${isLow ? '; free some space before collecting for long' : ''}`,
  };
}

async function checkKeyAndNetwork(context: Context): Promise<Finding> {
  const { config, clock, terminal } = context;
  if (!config.apiKey.value) {
    return {
      check: 'api',
      result: 'note',
      detail: 'no API key: the market is simulated until "vastdeck login" stores one',
    };
  }
  const startedMs = clock.monotonic();
  try {
    await using session = await personSession(context);
    const user = await session.client.users.current({ signal: terminal.interrupted });
    const took = formatDuration(clock.monotonic() - startedMs);
    return {
      check: 'api',
      result: 'ok',
      detail: `${config.baseUrl.value} knows the key (user ${user.id}) and answered in ${took}; key from ${config.apiKey.source}`,
    };
  } catch (error) {
    return { check: 'api', result: 'fault', detail: describeFailure(error).sentence };
  }
}

async function checkMarketPath({ config }: Context): Promise<Finding[]> {
  if (!config.marketFile || !existsSync(config.marketFile)) return [];
  const { kind, sentence } = await recognizeStore(config.marketFile);
  return [{ check: 'VW_DB', result: kind === 'other' ? 'fault' : 'note', detail: sentence }];
}

async function checkStores({ config, clock, log }: Context): Promise<Finding[]> {
  const dirs = config.marketDir.value
    ? [config.marketDir.value]
    : [liveMarketDir(config), simulatedMarketDir(config)];
  const findings: Finding[] = [];
  for (const dir of dirs.filter((path) => existsSync(path))) {
    try {
      await using reader = await openMarketReader({ dir, clock, log });
      const [row] = await reader.rows('SELECT count(*) AS polls, max(ts_ms) AS newest_ms FROM polls');
      const age =
        typeof row?.newest_ms === 'number'
          ? `, newest ${formatDuration(clock.now() - row.newest_ms)} old`
          : '';
      findings.push({
        check: 'store',
        result: 'ok',
        detail: `${dir}: ${plural(Number(row?.polls), 'poll')}${age}`,
      });
    } catch (error) {
      findings.push({ check: 'store', result: 'fault', detail: describeFailure(error).sentence });
    }
  }
  return findings;
}
