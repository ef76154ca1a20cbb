// `vastdeck stop`, `start`, `reboot`, `recycle`: what an instance is to do next, with what it costs then.

import { DeniedError } from '../../../base/ledger/index.ts';
import { formatDuration } from '../../../base/std/index.ts';
import {
  ADOPTED_GRACE_MS,
  installSwitch,
  type Rental,
  recycleByHand,
  startByHand,
  stopByHand,
  waitEntered,
} from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES, UsageError } from '../errors.ts';
import { type Flags, readDuration } from '../flags.ts';
import { followRental } from '../follow-rental.ts';
import { openInstanceSession } from '../instance-session.ts';
import { findInstance, gpuOf, type OneInstance, perHour, perMonth, pricesOf } from '../one-instance.ts';
import { clockTime } from '../output/clock-time.ts';
import type { Column } from '../output/column.ts';
import { progressLine } from '../output/progress.ts';
import { forgetHostKey } from '../ssh-command.ts';

export const STATE_ACTS = ['stop', 'start', 'reboot', 'recycle'] as const;
export type StateAct = (typeof STATE_ACTS)[number];

interface Done {
  readonly state: string;
  readonly sentence: string;
}

const COLUMNS: readonly Column[] = [{ name: 'id' }, { name: 'name' }, { name: 'did' }, { name: 'state' }];

export async function instanceState(
  context: Context,
  act: StateAct,
  words: readonly string[],
  flags: Flags,
): Promise<void> {
  const names = namesOf(words);
  if (flags.for !== undefined) readDuration('--for', flags.for);
  await using renting = await openInstanceSession(context);
  const found: OneInstance[] = [];
  for (const name of names) found.push(await findInstance(renting, name, context.terminal.interrupted));
  const plan = found.map((one) => planOf(act, one, flags, context.clock.now())).join('\n');
  if (!(await askConsent(context, flags, { plan }))) return;
  const rows = [];
  for (const one of found) {
    context.terminal.interrupted.throwIfAborted();
    const { state, sentence } = await ACTS[act](context, renting, one, flags);
    context.terminal.err(`${sentence}\n`);
    rows.push({ id: one.instance.id, name: one.rental?.name ?? one.instance.label, did: act, state });
  }
  if (flags.json === true || flags.format !== undefined) context.print(rows, COLUMNS, flags);
}

/** The official CLI has the noun between verb and id. */
function namesOf(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  return /^instances?$/.test(first) && rest.length > 0 ? rest : words;
}

function planOf(act: StateAct, one: OneInstance, flags: Flags, nowMs: number): string {
  const { instance, shown, rental } = one;
  const { runningPerHour, diskPerHour } = pricesOf(instance);
  const what = `${shown}, ${gpuOf(instance)}`;
  switch (act) {
    case 'stop':
      return `Stops ${what}: ${perHour(runningPerHour)} while it runs, its disk ${perMonth(diskPerHour)} until it is destroyed. Its GPUs may be taken by others meanwhile.`;
    case 'start': {
      const more =
        flags.for === undefined
          ? ''
          : `, for ${formatDuration(readDuration('--for', flags.for))} more, whose money is set aside`;
      const isOver = rental !== undefined && flags.for === undefined && nowMs >= rental.prepaidUntilMs;
      if (isOver) {
        throw new UsageError(
          `What was prepaid for ${shown} has ended; say for how long it is to run: --for 2h`,
        );
      }
      return `Starts ${what}: ${perHour(runningPerHour)} from when it runs${more}.`;
    }
    case 'reboot':
      return `Restarts the container of ${what}: it keeps its GPUs and its disk, and what runs in it ends.`;
    case 'recycle':
      return `Makes the container of ${what} anew from its image: everything on its disk is lost, and the price stays ${perHour(runningPerHour)}.`;
  }
}

type Act = (context: Context, renting: Renting, one: OneInstance, flags: Flags) => Promise<Done>;

const ACTS: Readonly<Record<StateAct, Act>> = {
  async stop(context, renting, one) {
    await stopByHand({ ...renting, clock: context.clock }, one);
    return {
      state: 'stopped',
      sentence: `${one.shown} stops; its disk costs ${perMonth(pricesOf(one.instance).diskPerHour)} until "vastdeck rm ${one.instance.id}".`,
    };
  },
  async start(context, renting, one, flags) {
    const rental =
      one.rental && flags.for !== undefined ? await renew(context, renting, one, flags) : one.rental;
    return await startAndFollow(context, renting, { ...one, rental });
  },
  async reboot(_context, { client }, one) {
    await client.instances.reboot(one.instance.id);
    return { state: 'rebooting', sentence: `${one.shown} restarts.` };
  },
  async recycle(context, renting, one) {
    const { shown, instance } = one;
    await recycleByHand({ ...renting, account: renting.account.account }, instance.id);
    forgetHostKey(context.config.home.value, instance.id);
    if (!one.rental) {
      return { state: 'recycling', sentence: `${shown} is made anew; its host key will be another.` };
    }
    return await waitReady(context, renting, one, { goesDownFirst: true });
  },
};

/** Starts it; of ours it is followed until it can be entered, since then its end is written to it. */
export async function startAndFollow(context: Context, renting: Renting, one: OneInstance): Promise<Done> {
  const { shown, instance } = one;
  const price = perHour(pricesOf(instance).runningPerHour);
  if ((await startByHand(renting, one)) === 'queued') {
    return {
      state: 'queued',
      sentence: `${shown} waits: others have its GPUs. It starts, and costs ${price}, when they are free; until then its disk does.`,
    };
  }
  if (!one.rental) return { state: 'starting', sentence: `${shown} starts.` };
  return await waitReady(context, renting, one, { goesDownFirst: false });
}

/** Until it can be entered and has its end; one that never was goes on with its first boot. */
async function waitReady(
  context: Context,
  renting: Renting,
  { rental, shown }: OneInstance,
  { goesDownFirst }: { readonly goesDownFirst: boolean },
): Promise<Done> {
  const { clock, terminal } = context;
  const signal = terminal.interrupted;
  const begun = rental && (await renting.records.get(rental.id));
  if (!begun) return { state: 'starting', sentence: `${shown} starts.` };
  const progress = progressLine(context);
  try {
    if (begun.status === 'booting') {
      const isThere = ({ status }: Rental) => status !== 'booting';
      const booted = await followRental(context, renting, begun, { isThere, priority: 'person' });
      if (!booted) return left(context, shown);
      if (booted.status !== 'ready') context.endWith(EXIT_CODES.failed);
      return { state: booted.status, sentence: `${shown} is ${booted.status}: ${booted.reason}.` };
    }
    const waited = await waitEntered({ ...renting, clock }, begun, {
      signal,
      goesDownFirst,
      onStep: (sentence) => progress.show(`${shown}: ${sentence}…`),
      // What an adopted one was given over SSH may have gone with its disk.
      ...(begun.kind === 'adopted' && { inside: (shell) => installSwitch(shell, switchOf(renting, begun)) }),
    });
    if (waited.kind === 'closed') {
      context.endWith(EXIT_CODES.failed);
      const sentence = `${shown} cannot be entered (${waited.reason}). Nothing of it is lost: "vastdeck logs ${begun.instanceId} --daemon" tells what it does, "vastdeck stop ${begun.instanceId}" ends its price.`;
      return { state: 'closed', sentence };
    }
    const view = await renting.watcher.refresh({ signal });
    const { rental: now } = await renting.controller.step(begun, { view, signal });
    return {
      state: now.status,
      sentence: `${shown} runs; it stops itself at ${clockTime(now.prepaidUntilMs)}.`,
    };
  } catch (error) {
    if (!signal.aborted) throw error;
    return left(context, shown);
  } finally {
    progress.end();
  }
}

function left(context: Context, shown: string): Done {
  context.endWith(EXIT_CODES.interrupted);
  const sentence = `${shown} starts; it keeps the end that it had, and stops itself at once where that has passed.`;
  return { state: 'starting', sentence };
}

function switchOf({ client }: Renting, { prepaidUntilMs, launch }: Rental) {
  return { prepaidUntilMs, graceMs: ADOPTED_GRACE_MS, baseUrl: client.baseUrl, idleMs: launch.idleMs };
}

async function renew({ clock }: Context, { ender, connect }: Renting, { rental }: OneInstance, flags: Flags) {
  if (!rental) return undefined;
  const fromMs = Math.max(clock.now(), rental.prepaidUntilMs);
  const result = await ender.renew(rental, { untilMs: fromMs + readDuration('--for', flags.for), connect });
  if (result.kind === 'denied') throw new DeniedError(result);
  if (result.kind === 'refused') throw new UsageError(`It cannot run longer: ${result.reason}`);
  return result.rental;
}
