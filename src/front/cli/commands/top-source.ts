// The monitor that `top` shows: of the account, of sample runs, or of nothing, with why.
import type { Log } from '../../../base/std/index.ts';
import { type Monitor, sampleMonitor } from '../../../rent/monitor/index.ts';
import { openMonitor } from '../../app/index.ts';
import { type RunActs, troubledMonitor } from '../../tui/index.ts';
import type { Context } from '../context.ts';
import { describeFailure } from '../failure.ts';
import { openJobsSession } from '../jobs-session.ts';
import { askAddress } from '../origin.ts';
import { groupFor, logFor, readVastdeckYaml, thresholdsFor } from '../vastdeck-yaml/index.ts';
import { createTopActs } from './top-acts.ts';
import type { TopSettings } from './top-flags.ts';
import { personalWays } from './top-keys.ts';

export interface TopSource extends AsyncDisposable {
  readonly monitor: Monitor;
  /** Null: nothing can be done to what it shows. */
  readonly acts: RunActs | null;
  /** What kept it from being opened; null where it is open. */
  readonly failure: unknown;
}

/** No key, a refused one or no answer is not an error but what the screen shows; a faulty setting is one. */
export async function openTopSource(context: Context, settings: TopSettings, log: Log): Promise<TopSource> {
  const { clock, random } = context;
  if (settings.source === 'sample') {
    return bare(sampleMonitor({ clock, random }), null);
  }
  const rules = readVastdeckYaml(context.config);
  await using opened = new AsyncDisposableStack();
  try {
    const session = opened.use(await openJobsSession({ ...context, log }));
    const { origin } = await askAddress(context.config.baseUrl.value, context);
    const monitoring = opened.use(
      openMonitor(session.renting, {
        entering: settings.entering,
        ...personalWays(context.terminal),
        isSimulated: origin.kind !== 'live',
        jobs: { records: session.records, logFile: (job, attempt) => session.jobs.logFile(job, attempt) },
        ...(settings.logGlob !== undefined && { logGlob: settings.logGlob }),
        ...(selectOf(settings) && { select: selectOf(settings) ?? [] }),
        rules: {
          groupOf: (run) => groupFor(rules, run),
          logOf: (run) => logFor(rules, run),
          limitsOf: (run) => thresholdsFor(rules, run),
        },
        training: rules.training,
        intervalMs: settings.intervalMs,
        timeZone: settings.zone,
        clock,
        random,
        log,
      }),
    );
    const acts =
      settings.acting === 'read-only' ? null : opened.use(createTopActs({ session, monitoring, clock, log }));
    const kept = opened.move();
    return {
      monitor: monitoring.monitor,
      acts,
      failure: null,
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  } catch (error) {
    const { sentence } = describeFailure(error);
    // Who ended it while it was being opened wants no screen.
    if (sentence === '') throw error;
    return bare(troubledMonitor(sentence, { clock }), error);
  }
}

function bare(monitor: Monitor, failure: unknown): TopSource {
  return { monitor, acts: null, failure, [Symbol.asyncDispose]: async () => {} };
}

function selectOf({ instances, group }: TopSettings): readonly string[] | undefined {
  if (instances.length > 0) return instances;
  return group === undefined ? undefined : [group];
}
