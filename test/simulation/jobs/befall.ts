// Troubles of machines, of connections and of creates, come at times when a job is on them; and what each of them met.
import { HOUR_MS } from '../../../src/base/std/index.ts';
import { AuthRefusedError } from '../../../src/net/ssh/index.ts';
import { readLabel } from '../../../src/rent/rental/index.ts';
import type { FaultName, Sim } from '../../../src/sim/index.ts';
import { INSTALL } from '../../rent/a-rent-world.ts';
import { type JobWorld, type Line, MINUTE } from '../../rent/jobs/controller/a-job-world.ts';
import { emptyFromMs, type Tally, type Trouble, type Troubles } from './hardships.ts';
import type { Works } from './work.ts';

export interface Befalling {
  readonly line: Line;
  readonly send: (send: typeof globalThis.fetch) => typeof globalThis.fetch;
  /** Once the world is there, before anything is rented. */
  begin(world: JobWorld): void;
}

export interface BefallOptions {
  readonly troubles: Troubles;
  readonly works: Works;
  readonly tally: Tally;
  /** What the job on a machine is doing, as its record last said. */
  readonly statusOn: (instanceId: number) => string | undefined;
}

const KEY_LATE_MS = MINUTE;
const RESET_EVERY_MS = 5_000;
const GONE_IN_A_ROW = 3;
const EMPTY_FOR_MS = 5 * MINUTE;
const CREDIT_FROM_MS = 20 * MINUTE;
const CREDIT_AGAIN_MS = 40 * MINUTE;

/** Each once on a machine, within the first minutes that it runs. */
const STRIKES: Readonly<Partial<Record<Trouble, FaultName>>> = {
  outbid: 'outbid-wave',
  host: 'host-death',
  'disk there': 'disk-full',
  tunnel: 'stuck-tunnel',
  'key lost': 'key-lost',
};
const STRIKES_WITHIN_MS = 20 * MINUTE;

export function createBefalling({ troubles, works, tally, statusOn }: BefallOptions): Befalling {
  const { all, of, untilMs } = troubles;
  const firstTryMs = new Map<number, number>();
  const gone = new Map<string, number>();
  let world: JobWorld | undefined;
  let beganMs = 0;
  const isLate = () => !world || world.clock.now() - beganMs >= untilMs;

  const line: Line = async (instanceId, open) => {
    if (!world || !all.has('late key') || !of(`late key ${instanceId}`).chance(0.4)) return await open();
    const nowMs = world.clock.now();
    const sinceMs = firstTryMs.get(instanceId);
    if (sinceMs === undefined && !isLate()) {
      firstTryMs.set(instanceId, nowMs);
      tally.count('key refused for 60 s');
    }
    if (nowMs - (firstTryMs.get(instanceId) ?? 0) >= KEY_LATE_MS) return await open();
    throw new AuthRefusedError('no key fits yet');
  };

  /** The offers that one rental asks for first have gone, each of them. */
  const isGone = (label: string): boolean => {
    const owner = readLabel(INSTALL, label);
    if (!all.has('gone') || owner.kind !== 'ours') return false;
    const { rentalId } = owner.facts;
    const before =
      gone.get(rentalId) ?? (!isLate() && of(`gone ${rentalId}`).chance(0.3) ? 0 : GONE_IN_A_ROW);
    gone.set(rentalId, before + 1);
    if (before === GONE_IN_A_ROW - 1) tally.count('three offers in a row are gone');
    return before < GONE_IN_A_ROW;
  };

  const create = async (sim: Sim, request: Request, send: typeof globalThis.fetch): Promise<Response> => {
    const { label = '' } = (await request.clone().json()) as { readonly label?: string };
    if (isGone(label)) {
      const body = { success: false, error: 'no_such_ask', msg: 'This offer is no longer available.' };
      return Response.json(body, { status: 410 });
    }
    const before = sim.truth.instances().length;
    const isMade = () => sim.truth.instances().length > before;
    try {
      const answer = await send(request);
      if (answer.status === 504 && isMade()) tally.count('504 after a create');
      return answer;
    } catch (error) {
      if (isMade()) tally.count('the answer to a create is lost');
      throw error;
    }
  };

  const strike = (into: JobWorld, fault: FaultName, instanceId: number): void => {
    const instance = into.present().find((one) => one.instanceId === instanceId);
    if (instance && !isLate()) into.sim.fail(fault, { id: instanceId });
  };

  const plan = (into: JobWorld, instanceId: number): void => {
    for (const [trouble, fault] of Object.entries(STRIKES) as [Trouble, FaultName][]) {
      const dice = of(`${trouble} ${instanceId}`);
      if (!all.has(trouble) || !dice.chance(0.4)) continue;
      // Half of the bids are lost just when half a checkpoint is there.
      if (trouble === 'outbid' && dice.chance(0.5)) {
        works.whenHalf(instanceId, dice.int(1, 3), () => strike(into, fault, instanceId));
      } else {
        into.clock.setTimer(dice.int(0, STRIKES_WITHIN_MS), () => strike(into, fault, instanceId));
      }
    }
    if (!all.has('resets') || !of(`resets ${instanceId}`).chance(0.5)) return;
    const reset = () => {
      if (isLate() || !into.present().some((one) => one.instanceId === instanceId)) return;
      strike(into, 'ssh-reset', instanceId);
      const status = statusOn(instanceId);
      if (status === 'running') tally.count('SSH reset every 5 s during logs');
      if (status === 'fetching') tally.count('SSH reset every 5 s during a fetch');
      into.clock.setTimer(RESET_EVERY_MS, reset);
    };
    reset();
  };

  /** Somebody pays in again after a while. */
  const loseCredit = ({ clock, sim }: JobWorld): void => {
    clock.setTimer(of('credit').int(CREDIT_FROM_MS, Math.max(CREDIT_FROM_MS, untilMs - HOUR_MS)), () => {
      sim.fail('credit-exhaustion');
      clock.setTimer(CREDIT_AGAIN_MS, () => {
        for (const { accountId, creditUsd } of sim.truth.accounts()) {
          if (creditUsd < 100) sim.accounts.deposit(accountId, 1_000);
        }
      });
    });
  };

  /** Whom it met: only what struck a machine on which a work ran counts. */
  const met = (fault: string, instanceId: number): void => {
    if (fault === 'credit-exhaustion' && works.running().length > 0) tally.count('credit is gone');
    const work = works.on(instanceId);
    if (!work) return;
    if (fault === 'host-death') tally.count('its host dies');
    if (fault === 'disk-full') tally.count('its disk is full');
    if (fault === 'stuck-tunnel') tally.count('stuck tunnel while it runs');
    if (fault !== 'outbid-wave') return;
    if (work.isWriting) tally.count('outbid with a checkpoint half written');
    else if (work.checkpoints > 0) tally.count('outbid with a checkpoint');
    else tally.count('outbid without a checkpoint');
  };

  return {
    line,
    send: (send) => async (input, init) => {
      const request = new Request(input, init);
      const isCreate = request.method === 'PUT' && /\/asks\/\d+\/$/.test(new URL(request.url).pathname);
      return isCreate && world ? await create(world.sim, request, send) : await send(request);
    },
    begin(into) {
      world = into;
      beganMs = into.clock.now();
      const known = new Set<number>();
      into.sim.truth.follow(({ noun, id, what }) => {
        if (noun === 'fault') met(what, id);
        if (noun !== 'instance' || what !== 'running' || known.has(id)) return;
        known.add(id);
        plan(into, id);
      });
      if (all.has('credit')) loseCredit(into);
      if (!all.has('empty listings')) return;
      into.clock.setTimer(emptyFromMs(troubles), () => {
        const ran = works.running().length;
        const before = into.sim.faultCounts()['empty-listing'];
        into.clock.setTimer(EMPTY_FOR_MS, () => {
          if (ran > 0 && into.sim.faultCounts()['empty-listing'] > before)
            tally.count('five minutes of empty listings');
        });
      });
    },
  };
}
