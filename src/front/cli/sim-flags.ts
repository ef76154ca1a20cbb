// The flags of `vastdeck sim`, each checked, as the simulation takes them.
import { FAULTS, type FaultPlan, isLoopback } from '../../sim/index.ts';
import { UsageError } from './errors.ts';
import { type Flags, readInteger, readList, readNumber, readText } from './flags.ts';

const ACCOUNTS = ['host', 'host-without-machines', 'renter'] as const;

/** Twice the market of a busy year; a flag beyond it is a slip of the hand. */
const MOST_OFFERS = 100_000;
const MOST_HOSTS = 1_000;
/** Beyond it a minute of SSH is a month of rent. */
const FASTEST = 100_000;

export interface SimFlags {
  readonly port: number;
  readonly host: string;
  readonly isOpenToOthers: boolean;
  readonly seed: string | undefined;
  readonly offers: number | undefined;
  readonly hosts: number | undefined;
  readonly speed: number | undefined;
  readonly cap: readonly number[] | undefined;
  readonly searchesPerMinute: number | undefined;
  readonly faults: FaultPlan;
  /** A folder as it was given. */
  readonly state: string | undefined;
  readonly hasMachines: boolean;
  /** Of every instance's root. */
  readonly password: string | undefined;
  readonly credit: number | undefined;
  readonly account: (typeof ACCOUNTS)[number] | undefined;
}

/** Throws UsageError with what is wrong and how to write it. */
export function readSimFlags(flags: Flags): SimFlags {
  const given = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
    value === undefined ? undefined : read(value);
  const offers = given(flags.offers, (value) =>
    readInteger('--offers', value, { min: 1, max: MOST_OFFERS, example: 2_000 }),
  );
  const hosts = given(flags.hosts, (value) =>
    readInteger('--hosts', value, { min: 1, max: MOST_HOSTS, example: 400 }),
  );
  if (offers !== undefined && hosts !== undefined) {
    throw new UsageError('--offers and --hosts both say how large the market is; give one of them');
  }
  const host = readText(flags.host) ?? '127.0.0.1';
  if (flags.iUnderstand !== true && !isLoopback(host)) {
    throw new UsageError(
      `--host ${host} can be reached by others, who may then run commands here; add --i-understand if that is wanted`,
    );
  }
  const searches = given(flags.searchesPerMinute, (value) =>
    readInteger('--searches-per-minute', value, { example: 10 }),
  );
  return {
    port: readInteger('--port', flags.port ?? '0', { max: 65_535, example: 8_080 }),
    host,
    isOpenToOthers: flags.iUnderstand === true,
    seed: readText(flags.seed),
    offers,
    hosts,
    speed: given(flags.speed, (value) =>
      readNumber('--speed', value, { min: 0.001, max: FASTEST, example: 60 }),
    ),
    cap: given(flags.cap, (value) =>
      readList(value).map((part) => readInteger('--cap', part, { min: 1, example: 64 })),
    ),
    searchesPerMinute: searches === 0 ? Number.POSITIVE_INFINITY : searches,
    faults: readFaults(flags),
    state: readText(flags.state),
    hasMachines: flags.machines !== false,
    password: given(flags.sshPassword, readPassword),
    credit: given(flags.credit, (value) => readNumber('--credit', value, { example: 100 })),
    account: given(flags.account, readAccount),
  };
}

/** `--faults a=0.1,b=0.2`, and the older `--fault a=0.1 b=0.2`. */
function readFaults(flags: Flags): FaultPlan {
  const older = Array.isArray(flags.fault) ? (flags.fault as readonly string[]) : [];
  const plan: Record<string, number> = {};
  for (const [flag, text] of [
    ...older.map((each) => ['--fault', each] as const),
    ...readList(flags.faults).map((each) => ['--faults', each] as const),
  ]) {
    const [name = '', probability] = text.split('=');
    if (!FAULTS.some((known) => known === name)) {
      throw new UsageError(`${flag} ${text}: "${name}" is not a fault; they are ${FAULTS.join(', ')}`);
    }
    const value = probability?.trim() ? Number(probability) : Number.NaN;
    if (!(value >= 0 && value <= 1)) {
      throw new UsageError(
        `${flag} ${text} has no probability from 0 to 1; write it like ${flag} ${name}=0.05`,
      );
    }
    plan[name] = value;
  }
  return plan;
}

function readPassword(value: unknown): string {
  const password = readText(value);
  if (password !== undefined) return password;
  throw new UsageError('--ssh-password is empty; leave it out to let only keys in');
}

function readAccount(value: unknown): SimFlags['account'] {
  const account = ACCOUNTS.find((known) => known === value);
  if (account) return account;
  throw new UsageError(`--account "${String(value)}" is not known; it is one of ${ACCOUNTS.join(', ')}`);
}
