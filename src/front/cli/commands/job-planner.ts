// The plan of a job with everything that this computer and the account know, and whether it may be submitted.
import { DeniedError } from '../../../base/ledger/index.ts';
import { formatUsd, type MicroUsd, microUsd, usd } from '../../../base/std/index.ts';
import { firstLease, planJob } from '../../../rent/jobs/index.ts';
import { noteCredit } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { askAddress } from '../origin.ts';
import { priceHistoryOf } from '../price-history.ts';
import type { ReadJob } from './job-file.ts';
import type { ShownPlan } from './job-plan-show.ts';
import { denialSentences } from './rent-plan.ts';

/** One search, one question for the credit. Throws NeedError and the errors of the service. */
export async function makePlan(context: Context, renting: Renting, read: ReadJob): Promise<ShownPlan> {
  const { terminal, clock, config } = context;
  const signal = terminal.interrupted;
  const { job, jobs, folder } = read;
  const nowMs = clock.now();
  const lease = firstLease(job, nowMs);
  const plan = await planJob(
    {
      job,
      folder,
      cwd: terminal.cwd,
      client: renting.client,
      clock,
      lease,
      environment: terminal.env,
      jobs: jobs.length,
      facts: await renting.memory.facts(),
      credit: await readCredit(context, renting),
      priceHistory: priceHistoryOf(context),
      utcOffset: (atMs) => -new Date(atMs).getTimezoneOffset(),
    },
    signal,
  );
  const { origin } = await askAddress(config.baseUrl.value, context);
  const denials =
    plan.market.kind === 'no-offer'
      ? []
      : denialSentences(
          { rows: await renting.ledger.budget(), halt: await renting.ledger.haltState() },
          {
            worstCost: plan.market.best.worstCost,
            scopes: { job: job.group, account: renting.account.account },
          },
        );
  return { plan, lease, denials, isSimulated: origin.kind !== 'live' };
}

/** Undefined where the service does not say; the plan then says so. */
async function readCredit(
  { terminal, clock }: Context,
  { client, store, account }: Renting,
): Promise<MicroUsd | undefined> {
  try {
    const { creditUsd } = await client.users.current({ signal: terminal.interrupted });
    if (creditUsd === null) return undefined;
    await noteCredit({ store, account: account.account, creditUsd, atMs: clock.now() });
    return microUsd(creditUsd);
  } catch (error) {
    if (terminal.interrupted.aborted) throw error;
    return undefined;
  }
}

const MONEY_CHECKS = ['credit', 'budget'];

/** Why it would not succeed as it stands, with the exit code of that: what money forbids goes first. */
export function refusalOf({ plan, denials }: ShownPlan): Error | undefined {
  const faults = plan.checks.filter(({ verdict }) => verdict === 'fault');
  const money = faults.find(({ name }) => MONEY_CHECKS.includes(name));
  const denied = denials[0] ?? money?.sentence;
  if (denied !== undefined) return new DeniedError({ limit: money?.name ?? 'cap', reason: denied });
  if (faults.length > 0) {
    return new UsageError(
      `${plan.job.name} would fail: ${faults.map(({ sentence }) => sentence).join('; ')}`,
    );
  }
  return plan.market.kind === 'no-offer' ? plan.market.error : undefined;
}

/** What is said yes to. */
export function submitSentence({ plan }: ShownPlan): string {
  const { job, jobs, market, start } = plan;
  const what = jobs === 1 ? job.name : `${jobs} jobs of ${job.name}`;
  if (market.kind === 'no-offer')
    return `Submit ${what}: there is no machine for it now, and it waits for one.`;
  const { terms, machineId, worstCost } = market.best;
  const bid = terms.bidPerHour === null ? '' : `, a bid of ${formatUsd(terms.bidPerHour)}/h`;
  const each = jobs === 1 ? '' : ' each';
  const budget =
    job.budget === undefined ? 'no budget' : `a budget of ${formatUsd(usd(job.budget))} for everything`;
  const when = start?.kind === 'wait' ? `; it ${start.sentence.split(':')[0]}` : '';
  return `Submit ${what}: ${terms.gpuCount}x ${terms.gpuName} on machine ${machineId}, or the next best one then, at ${formatUsd(terms.pricePerHour)}/h${bid}; ${formatUsd(usd(worstCost))}${each} set aside, ${budget}${when}.`;
}
