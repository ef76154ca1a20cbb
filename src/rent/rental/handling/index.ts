// What a person does to one instance, ours or not.
export { ADOPTED_GRACE_MS, type AdoptOptions, adopt } from './adopt.ts';
export { type Handled, recycleByHand, startByHand, stopByHand } from './by-hand.ts';
export { CannotHandleError, type HandlingContext } from './context.ts';
export { type DestroyForeignOptions, destroyForeign } from './destroy-foreign.ts';
export { installSwitch } from './install-switch.ts';
export { noteEntered } from './note-entered.ts';
export { type AdoptPlan, type AdoptTerms, planAdoption } from './plan-adoption.ts';
export { planRebid, type Rebid, rebid } from './rebid.ts';
export { relabel } from './relabel.ts';
export { type Waited, type WaitOptions, waitEntered } from './wait-entered.ts';
