// `vastdeck adopt`: a foreign instance under our care, with a budget, an end and an idle rule.
import { formatDuration, formatUsd, usd } from '../../../base/std/index.ts';
import { adopt as adoptInstance, planAdoption } from '../../../rent/rental/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import { type Flags, readDuration, readNumber } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance, gpuOf, perHour } from '../one-instance.ts';
import { clockTime } from '../output/clock-time.ts';
import { progressLine } from '../output/progress.ts';

const MOST_USD = 1_000_000;

export async function adopt(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const budgetUsd = readNumber('--budget', flags.budget, { min: 0.01, max: MOST_USD, example: 5 });
  const idleMs = flags.idle === undefined ? undefined : readDuration('--idle', flags.idle);
  const untilMs = flags.until === undefined ? undefined : clock.now() + readDuration('--until', flags.until);
  await using renting = await openInstanceSession(context);
  const { instance, rental, shown, isForeign } = await findInstance(renting, name, terminal.interrupted);
  if (!rental && !isForeign) {
    throw new UsageError(
      `${shown} has our label and no record: "vastdeck recover" brings that back, with nothing to adopt`,
    );
  }
  if (rental && rental.kind !== 'adopted') {
    throw new UsageError(
      `${shown} is ours already (${rental.kind}, ${rental.status}): there is nothing to adopt`,
    );
  }
  const plan = rental
    ? {
        ...planAdoption(instance, { budgetUsd, idleMs, untilMs }, clock.now()),
        untilMs: rental.prepaidUntilMs,
      }
    : planAdoption(instance, { budgetUsd, idleMs, untilMs }, clock.now());
  const lasts = formatDuration(plan.untilMs - clock.now());
  const rest = usd(plan.budget) - usd(plan.lease);
  const idle =
    idleMs === undefined ? '' : `, and when its GPUs have done nothing for ${formatDuration(idleMs)}`;
  const sentence = `Takes ${shown}, ${gpuOf(instance)} at ${perHour(plan.pricePerHour)}, under care: ${formatUsd(budgetUsd)} are set aside, ${formatUsd(usd(plan.lease))} for GPUs and disk and ${formatUsd(Math.max(0, rest))} for its traffic; it stops itself at ${clockTime(plan.untilMs)} (in ${lasts})${idle}, and is destroyed a day later. Our key and the switch that stops it are put on it, and its label changes; what runs on it is left alone.`;
  if (!(await askConsent(context, flags, { plan: sentence }))) return;
  const progress = progressLine(context);
  try {
    const adopted = await adoptInstance(
      { ...renting, account: renting.account.account, clock, random: context.random, log: context.log },
      {
        instance,
        plan,
        idleMs,
        sshPublicKey: renting.sshKey.publicKey,
        signal: terminal.interrupted,
        onStep: (step) => progress.show(`${shown}: ${step}…`),
      },
    );
    progress.end();
    terminal.err(
      `${shown} is under care as "${adopted.name}" until ${clockTime(adopted.prepaidUntilMs)}; "vastdeck ps" shows it, "vastdeck rm ${instance.id}" ends it.\n`,
    );
    if (flags.json === true || flags.format !== undefined) {
      const row = {
        id: instance.id,
        rental: adopted.id,
        name: adopted.name,
        budget_usd: budgetUsd,
        until: new Date(adopted.prepaidUntilMs).toISOString(),
      };
      context.print(
        [row],
        Object.keys(row).map((column) => ({ name: column })),
        flags,
      );
    }
  } catch (error) {
    if (!terminal.interrupted.aborted) throw error;
    progress.end();
    terminal.err(`Interrupted: ask for it again, which goes on where it was, or see "vastdeck ps".\n`);
    context.endWith(EXIT_CODES.interrupted);
  } finally {
    progress.end();
  }
}
