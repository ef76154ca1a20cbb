// The routes, as a command asks them: those of this home's daemon where one runs and fits, else the same handlers in this
// process. Both answer through one client, so a command has one path.
import { type FoundDaemon, findDaemon } from '../app/daemon/find-daemon.ts';
import type { DaemonClient } from '../http/daemon-client.ts';
import { actingPerson } from './acting-person.ts';
import type { Context } from './context.ts';
import { daemonMark } from './daemon-mark.ts';
import type { ApiOptions } from './own-api.ts';
import { VERSION } from './version.ts';

export interface ApiSession extends AsyncDisposable {
  readonly client: DaemonClient;
  /** Whether a daemon answers; else this process does. */
  readonly isDaemon: boolean;
}

const PATIENCE_MS = 5_000;

/**
 * Needs no key; a route that needs one says so. A daemon that hangs, is somebody else's, or is of another version, store,
 * service or account is left alone.
 */
export async function openApi(context: Context, options: ApiOptions = {}): Promise<ApiSession> {
  const asked = await askDaemonOfHome(context, options);
  if (asked) return { client: asked, isDaemon: true, [Symbol.asyncDispose]: async () => {} };
  const { openOwnApi } = await import('./own-api.ts');
  const { client, close } = await openOwnApi(context, options);
  return { client, isDaemon: false, [Symbol.asyncDispose]: close };
}

/** Undefined where none runs, or none that fits. */
export async function askDaemonOfHome(
  context: Context,
  options: ApiOptions,
): Promise<DaemonClient | undefined> {
  const { config, clock, terminal, log } = context;
  const daemon = findDaemon(config.home.value);
  if (!daemon) return undefined;
  const { address, token } = daemon;
  const misfit = misfitOf(context, daemon, options);
  if (misfit !== undefined || !token) {
    log.debug('the daemon is not asked', { address, reason: misfit });
    return undefined;
  }
  const { interrupted } = terminal;
  // Loaded only where there is one to ask.
  const { createDaemonClient } = await import('../http/daemon-client.ts');
  const client = createDaemonClient({
    address,
    token,
    fetch: globalThis.fetch,
    who: actingPerson(terminal),
    signal: interrupted,
  });
  const patience = new AbortController();
  const timer = clock.setTimer(PATIENCE_MS, () => patience.abort());
  try {
    const answer = await client.daemon(patience.signal);
    if (answer.pid === daemon.pid) return client;
    log.debug('the daemon is not asked', { address, reason: 'another process answers at its address' });
  } catch (error) {
    interrupted.throwIfAborted();
    log.debug('the daemon does not answer', { address, error });
  } finally {
    timer.cancel();
  }
  return undefined;
}

/** Why it cannot answer for this process; undefined when it can. */
function misfitOf(
  { config }: Context,
  { version, parts, token, drives }: FoundDaemon,
  { needs }: ApiOptions,
): string | undefined {
  if (!token) return 'its token cannot be read';
  if (version !== VERSION) return `it is of version ${version}`;
  if (needs !== undefined && !parts.includes(needs)) return `it runs without ${needs}`;
  return drives === daemonMark(config, token) ? undefined : 'it has another key, service or store';
}
