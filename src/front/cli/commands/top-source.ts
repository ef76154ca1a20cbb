// The monitor that `top` shows: the daemon's where one runs that can give what is asked for, else one of this process; sample
// runs; or nothing, with why. What the others need is not loaded.
import { formatDuration, type Log } from '../../../base/std/index.ts';
import { INTERVAL_MS, sampleMonitor } from '../../../rent/monitor/index.ts';
import { askDaemonOfHome } from '../api-session.ts';
import type { Context } from '../context.ts';
import type { TopSettings } from './top-flags.ts';
import { bareSource, type TopSource } from './top-shown.ts';

/** No key, a refused one or no answer is not an error but what the screen shows; a faulty setting is one. */
export async function openTopSource(context: Context, settings: TopSettings, log: Log): Promise<TopSource> {
  const { clock, random } = context;
  if (settings.source === 'sample') return bareSource(sampleMonitor({ clock, random }), null);
  const daemon = await askDaemonOfHome({ ...context, log }, { needs: 'monitor' });
  const own = whyOwn(settings);
  if (daemon && own === undefined) {
    const { daemonSource } = await import('./top-daemon-source.ts');
    return daemonSource(context, settings, log);
  }
  const { ownSource } = await import('./top-own-source.ts');
  return await ownSource(context, settings, {
    log,
    why: own !== undefined && daemon ? `${own}; alerts are the daemon's` : 'no daemon watches',
    isBesideDaemon: daemon !== undefined,
  });
}

/** What a daemon cannot give, since others look at its monitor too; undefined for nothing. */
function whyOwn({ logGlob, entering, intervalMs }: TopSettings): string | undefined {
  if (logGlob !== undefined) return '--log is not what the daemon reads';
  if (entering === 'none') return 'the daemon enters machines, and --no-ssh does not';
  if (intervalMs >= INTERVAL_MS) return undefined;
  return `--interval ${intervalMs / 1_000} is more often than the daemon's ${formatDuration(INTERVAL_MS)}`;
}
