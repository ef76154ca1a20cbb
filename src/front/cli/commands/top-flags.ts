// What `vastdeck top` is asked to show, out of its flags.
import { UsageError } from '../errors.ts';
import { type Flags, readList, readNumber, readText } from '../flags.ts';

export interface TopSettings {
  /** Empty: everything of the account. */
  readonly instances: readonly string[];
  readonly group: string | undefined;
  readonly intervalMs: number;
  readonly logGlob: string | undefined;
  readonly entering: 'ssh' | 'none';
  readonly acting: 'allowed' | 'read-only';
  readonly source: 'account' | 'sample';
  readonly form: 'screen' | 'plain' | 'once' | 'json';
  /** As the terminal says where it is not given. */
  readonly signs: 'letters' | undefined;
  readonly zone: string;
  readonly logFile: string | undefined;
}

/** Often enough for the eye, and each look is a command on every machine that is shown. */
const INTERVAL_S = { usual: 10, min: 1, max: 3600 } as const;

/** Throws a UsageError. */
export function readTopFlags(
  flags: Flags,
  { outIsTerminal }: { readonly outIsTerminal: boolean },
): TopSettings {
  const instances = readList(flags.instances);
  if (flags.all === true && instances.length > 0) {
    throw new UsageError('--all and --instances say two things; leave one of them out');
  }
  if (flags.json === true && flags.once !== true) {
    throw new UsageError('--json is for what is printed once: vastdeck top --once --json');
  }
  const intervalS =
    flags.interval === undefined
      ? INTERVAL_S.usual
      : readNumber('--interval', flags.interval, { ...INTERVAL_S, example: 5 });
  return {
    instances,
    group: readText(flags.group),
    intervalMs: intervalS * 1_000,
    logGlob: readText(flags.log),
    entering: flags.ssh === false ? 'none' : 'ssh',
    acting: flags.readOnly === true ? 'read-only' : 'allowed',
    source: flags.sim === true || flags.mock === true ? 'sample' : 'account',
    form: formOf(flags, outIsTerminal),
    signs: flags.ascii === true ? 'letters' : undefined,
    zone: readZone(flags.zone),
    logFile: readText(flags.logFile),
  };
}

/** A pipe cannot show a screen. */
function formOf(flags: Flags, outIsTerminal: boolean): TopSettings['form'] {
  if (flags.once === true) return flags.json === true ? 'json' : 'once';
  return flags.plain === true || !outIsTerminal ? 'plain' : 'screen';
}

function readZone(flag: unknown): string {
  const zone = readText(flag);
  try {
    return new Intl.DateTimeFormat('en', zone === undefined ? {} : { timeZone: zone }).resolvedOptions()
      .timeZone;
  } catch {
    // The engine's own message names neither the flag nor a zone that there is.
    throw new UsageError(
      `--zone "${zone}" is no time zone; write it like --zone Europe/Berlin or --zone UTC`,
    );
  }
}
