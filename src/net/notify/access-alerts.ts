// Alerts about being shut out: while the key is refused nothing can be destroyed, and everything goes on costing.
import { formatDuration } from '../../base/std/index.ts';
import type { Alert } from './alert.ts';
import { type AlertContext, clockTime, command, machines, perHour } from './phrases.ts';

export interface AccessFigures {
  /** The account's name in the settings. */
  readonly account: string;
  /** Of the first refusal. */
  readonly sinceMs: number;
  /** Machines that run, as they were last seen. */
  readonly machines: number;
  readonly usdPerHour: number | undefined;
  /** Vast.ai's answer; never the key. */
  readonly answer: string;
}

const BY_HAND = 'Until then end what need not run by hand at https://cloud.vast.ai/instances/';

/** Vast.ai does not know the key, or does not let it do what is needed. */
export function keyRefusedAlert(figures: AccessFigures, context: AlertContext): Alert {
  return {
    ...shutOut(figures, context),
    key: `key-refused:${figures.account}`,
    kind: 'key-refused',
    body: `Vast.ai refuses the API key of account ${figures.account} for ${formatDuration(context.atMs - figures.sinceMs)} ("${figures.answer}"). Make a new key at https://cloud.vast.ai/manage-keys/ and log in with it. ${BY_HAND}`,
    actions: [command('log in with a new key', 'vd login'), command('see what is wrong', 'vd doctor')],
  };
}

/** Vast.ai wants a second factor that a program cannot give. */
export function secondFactorAlert(figures: AccessFigures, context: AlertContext): Alert {
  return {
    ...shutOut(figures, context),
    key: `second-factor:${figures.account}`,
    kind: 'second-factor',
    body: `Vast.ai asks for a second factor on account ${figures.account} for ${formatDuration(context.atMs - figures.sinceMs)} ("${figures.answer}"). Confirm it at https://cloud.vast.ai/, or log in with an API key that needs none. ${BY_HAND}`,
    actions: [command('log in with another key', 'vd login'), command('see what is wrong', 'vd doctor')],
  };
}

function shutOut(
  { sinceMs, machines: count, usdPerHour }: AccessFigures,
  context: AlertContext,
): Pick<Alert, 'severity' | 'title' | 'figures' | 'atMs'> {
  const burn = count > 0 ? `${machines(count)}, ${perHour(usdPerHour)}` : 'no machine runs';
  return {
    severity: count > 0 ? 'critical' : 'warning',
    title: `Cannot destroy since ${clockTime(sinceMs, context)}: ${burn}`,
    figures: { sinceMs, machines: count, usdPerHour: usdPerHour ?? null },
    atMs: context.atMs,
  };
}
