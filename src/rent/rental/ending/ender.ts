// The end of rentals in one object: destroy and proof, bill, red list, orphans, recovery, parking, leases.
import type { Alert } from '../../../net/notify/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { AccountView } from '../account-view.ts';
import type { ConnectInstance } from '../booting/index.ts';
import type { Rental } from '../records/index.ts';
import { removeBackstop, scheduleBackstop } from './backstop.ts';
import { billDue } from './bill.ts';
import { type CollectOptions, collectOrphans, type OrphanReport, stepOrphans } from './collect-orphans.ts';
import type { EndingContext } from './context.ts';
import { enforceEnd } from './enforce-end.ts';
import { type ParkedRow, park, parkedRows, type UndoResult, undo } from './park.ts';
import { ENDING_POLICY, type EndingPolicy } from './policy.ts';
import { type RecoverOptions, type RecoverReport, recover } from './recover.ts';
import { listRed, type RedRow, tellRed } from './red-list.ts';
import { type RenewResult, renew } from './renew.ts';
import { type EndingStep, stepRental } from './step-rental.ts';

export type EnderOptions = Omit<EndingContext, 'alert' | 'policy'> & {
  /** Where alerts go; default nowhere. */
  readonly alert?: (alert: Alert) => Promise<unknown>;
  readonly policy?: Partial<EndingPolicy>;
};

export interface Ender {
  /** A rental in `ending`, one step further. */
  step(rental: Rental, view?: AccountView<Instance>): Promise<EndingStep>;
  /** A rental that is not: stopped when its end has come, `ending` when its disk was kept long enough. */
  enforce(rental: Rental, instance: Instance | undefined): Promise<EndingStep>;
  /**
   * What no single rental steps: bills, orphans whose destroy is under way, rentals that came back from the dead, and
   * the red list's alerts. To be called with every new view; resolves to when to look again.
   */
  followUp(view?: AccountView<Instance>): Promise<number | undefined>;
  redList(): Promise<readonly RedRow[]>;
  /** Orphans; without `apply` they are only told. */
  collect(options?: CollectOptions): Promise<OrphanReport>;
  /** Instances of ours that lost state has forgotten; without `apply` they are only told. */
  recover(options?: RecoverOptions): Promise<RecoverReport>;
  /** Stops it now and destroys it after ten minutes. Throws CannotParkError. */
  park(rental: Rental, by: string): Promise<Rental>;
  undo(rental: Rental): Promise<UndoResult>;
  parkedRows(): Promise<readonly ParkedRow[]>;
  renew(
    rental: Rental,
    options: { readonly untilMs: number; readonly connect: ConnectInstance },
  ): Promise<RenewResult>;
  /** Has the service stop it after its prepaid end, where it can. Never throws for the service's sake. */
  scheduleBackstop(rental: Rental): Promise<void>;
}

export function createEnder(options: EnderOptions): Ender {
  const context: EndingContext = {
    ...options,
    alert: options.alert ?? (async () => {}),
    policy: { ...ENDING_POLICY, ...options.policy },
    random: options.random.fork('ender'),
  };
  return {
    async step(rental, view) {
      const step = await stepRental(context, rental, view);
      if (step.rental.status === 'gone' && rental.status !== 'gone') await removeBackstop(context, rental.id);
      return step;
    },
    enforce: (rental, instance) => enforceEnd(context, rental, instance),
    async followUp(view) {
      const nextAtMs = await stepOrphans(context, view);
      // What was seen gone and is back was to be destroyed all along: nobody has to be asked.
      if (view?.complete) await collectOrphans(context, { apply: true, view, kinds: ['resurrected'] });
      await billDue(context);
      await tellRed(context);
      return nextAtMs;
    },
    redList: () => listRed(context),
    collect: (asked) => collectOrphans(context, asked),
    recover: (asked) => recover(context, asked),
    park: (rental, by) => park(context, rental, by),
    undo: (rental) => undo(context, rental),
    parkedRows: () => parkedRows(context),
    async renew(rental, asked) {
      const result = await renew(context, rental, asked);
      if (result.kind === 'renewed') await scheduleBackstop(context, result.rental);
      return result;
    },
    scheduleBackstop: (rental) => scheduleBackstop(context, rental),
  };
}
