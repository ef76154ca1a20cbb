// What `up` is told of the daemon: flags first, then vastdeck.yaml.
import { nearest } from '../../base/std/index.ts';
import { PART_NAMES, type PartName } from '../app/index.ts';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';
import { type Flags, readInteger, readList, readText } from './flags.ts';
import { readVastdeckYaml, type VastdeckYaml } from './vastdeck-yaml/index.ts';

export interface DaemonWish {
  /** Undefined for all. */
  readonly only: readonly PartName[] | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** An address or a name of this computer. */
  readonly listen: string;
  readonly hostNames: readonly string[];
  readonly settings: VastdeckYaml;
}

/** These mean nothing to the simulated market, which no daemon collects. */
export const DAEMON_FLAGS = ['only', 'detach', 'port', 'listen', 'hostName'] as const;

/** Throws a UsageError. */
export function readDaemonWish({ config }: Pick<Context, 'config'>, flags: Flags): DaemonWish {
  const settings = readVastdeckYaml(config);
  const asked = readText(flags.listen) ?? settings.daemon.listen ?? '127.0.0.1';
  // As addresses stand in URLs.
  const listen = asked.replace(/^\[(.*)\]$/, '$1');
  return {
    only: flags.only === undefined ? undefined : readParts(flags.only),
    port:
      flags.port === undefined
        ? (settings.daemon.port ?? 0)
        : readInteger('--port', flags.port, { max: 65_535, example: 4_747 }),
    listen,
    hostNames: [listen, ...readList(flags.hostName)],
    settings,
  };
}

function readParts(text: unknown): readonly PartName[] {
  const names = readList(text);
  if (names.length === 0) throw new UsageError(`--only is empty; it takes some of ${PART_NAMES.join(', ')}`);
  return names.map((name) => {
    const known = PART_NAMES.find((part) => part === name);
    if (known) return known;
    const [close] = nearest(name, PART_NAMES);
    throw new UsageError(
      `--only "${name}" is no part of the daemon${close ? `; do you mean ${close}?` : ''} It takes some of ${PART_NAMES.join(', ')}`,
    );
  });
}
