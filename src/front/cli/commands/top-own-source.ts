// What `top` shows by itself: a monitor of this process, which asks the account and its machines.
import type { Log } from '../../../base/std/index.ts';
import { openMonitor } from '../../app/index.ts';
import { troubledMonitor } from '../../tui/index.ts';
import type { Context } from '../context.ts';
import { describeFailure } from '../failure.ts';
import { openJobsSession } from '../jobs-session.ts';
import { askAddress } from '../origin.ts';
import { groupFor, logFor, readVastdeckYaml, thresholdsFor } from '../vastdeck-yaml/index.ts';
import { createTopActs } from './top-acts.ts';
import type { TopSettings } from './top-flags.ts';
import { personalWays } from './top-keys.ts';
import { bareSource, selectOf, type TopSource } from './top-shown.ts';

interface OwnSource extends Pick<TopSource, 'isBesideDaemon'> {
  readonly why: string;
  readonly log: Log;
}

/** No key, a refused one or no answer is what the screen shows; a faulty setting is an error. */
export async function ownSource(
  context: Context,
  settings: TopSettings,
  { log, why, isBesideDaemon }: OwnSource,
): Promise<TopSource> {
  const { clock, random } = context;
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
        select: selectOf(settings),
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
      settings.acting === 'read-only'
        ? null
        : opened.use(createTopActs({ session, attachKey: (id) => monitoring.attachKey(id), clock, log }));
    const kept = opened.move();
    return {
      monitor: monitoring.monitor,
      acts,
      failure: null,
      whose: { word: 'own monitor', sentence: `what this process sees itself, since ${why}` },
      isBesideDaemon,
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  } catch (error) {
    const { sentence } = describeFailure(error);
    // Who ended it while it was being opened wants no screen.
    if (sentence === '') throw error;
    return bareSource(troubledMonitor(sentence, { clock }), error);
  }
}
