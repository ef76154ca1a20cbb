// What can be wrong with a market store, by what the caller does about it. Every sentence says what to do next.
import type { Origin } from '../observation.ts';

/** Root of all errors about a market store. */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly dir: string;

  constructor(dir: string, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.dir = dir;
  }
}

export interface StoreHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** What it is doing, for example `market collect`. */
  readonly what: string;
}

/** Another process writes to the store. `holder` is undefined when it has not said who it is (yet). */
export class StoreHeldError extends StoreError {
  override name = 'StoreHeldError';
  readonly holder: StoreHolder | undefined;

  constructor(dir: string, holder: StoreHolder | undefined) {
    const who = holder
      ? `"${holder.what}" (process ${holder.pid} on ${holder.host}, since ${holder.since})`
      : 'another process';
    super(dir, `${dir} is being written by ${who}; stop it, or use another store`);
    this.holder = holder;
  }
}

/** The store holds polls of another market. */
export class OriginMismatchError extends StoreError {
  override name = 'OriginMismatchError';
  readonly expected: Origin;
  readonly found: Origin;

  constructor(dir: string, { found, expected }: { found: Origin; expected: Origin }) {
    super(
      dir,
      `${dir} holds ${describeOrigin(found)}, and polls of ${describeOrigin(expected)} are never mixed with it; ` +
        'name another store (VW_DB or --store), or move this one away',
    );
    this.found = found;
    this.expected = expected;
  }
}

/** The store was written by a later version of the program. */
export class NewerStoreError extends StoreError {
  override name = 'NewerStoreError';
  readonly found: number;
  readonly supported: number;

  constructor(dir: string, { found, supported }: { found: number; supported: number }) {
    super(
      dir,
      `${dir} has format ${found}, and this vastdeck knows formats up to ${supported}; ` +
        'update vastdeck, or use another store',
    );
    this.found = found;
    this.supported = supported;
  }
}

/** The store contradicts itself or cannot be read. */
export class CorruptStoreError extends StoreError {
  override name = 'CorruptStoreError';

  constructor(dir: string, fault: string, options?: ErrorOptions) {
    super(
      dir,
      `${dir} is damaged: ${fault}; run \`vastdeck market check\` on it, restore it from a backup, ` +
        'or move the folder away to begin a new store',
      options,
    );
  }
}

/** The folder or the file system does not let us write. */
export class StoreNotWritableError extends StoreError {
  override name = 'StoreNotWritableError';

  constructor(dir: string, fault: string, options?: ErrorOptions) {
    super(dir, `${dir} cannot be written: ${fault}; mend its permissions, or name another store`, options);
  }
}

/** The disk (or a quota) is full. Nothing of the poll was kept, and the next poll can be appended as usual. */
export class StoreFullError extends StoreError {
  override name = 'StoreFullError';

  constructor(dir: string, fault: string, options?: ErrorOptions) {
    super(
      dir,
      `No space is left to write ${dir} (${fault}); free some, the next poll goes on from there`,
      options,
    );
  }
}

/** A poll that cannot be kept as it is. Nothing of it was. */
export class InvalidPollError extends StoreError {
  override name = 'InvalidPollError';
}

/** `the live market at https://…`, `the simulated market with seed 7`, … */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'live':
      return `the live market at ${origin.url}`;
    case 'simulated':
      return `the SIMULATED market with seed ${origin.seed}`;
    case 'replay':
      return `the replay of ${origin.name}`;
    case 'import':
      return `what was imported from ${origin.name}`;
  }
}
