// What a transfer has to do its work with: the target, its programs, and OpenSSH's here.
import type { RemoteTarget } from '../reconnect.ts';
import type { FarTools } from './far-tools.ts';
import { isScpHere, type OpenSshAccess, openSshFolder, rsyncVersionHere } from './openssh.ts';
import type { ProgressMeter } from './progress.ts';

/** How bytes went. A tree may have gone by several. */
export const TRANSFER_WAYS = ['rsync', 'scp', 'sftp', 'tar', 'compressed'] as const;
export type TransferWay = (typeof TRANSFER_WAYS)[number];

export interface Means {
  readonly target: RemoteTarget;
  readonly tools: FarTools;
  /** Undefined where no OpenSSH programs are to be used. */
  readonly spawning: Spawning | undefined;
  readonly progress: ProgressMeter;
  readonly mayCompress: boolean;
  readonly signal: AbortSignal | undefined;
  readonly used: (way: TransferWay) => void;
}

export interface Spawning {
  readonly config: string;
  readonly hasScp: boolean;
  readonly canSendByRsync: boolean;
  /** Only where a machine cannot name files of ours: rsync before 3.2.5 lets it (CVE-2022-29154). */
  readonly canFetchByRsync: boolean;
}

/** Below it the programs' own start and handshake take longer than the bytes. */
export const SPAWN_BYTES_MIN = 8 * 1024 * 1024;

export interface OpenedSpawning extends AsyncDisposable {
  readonly spawning: Spawning | undefined;
}

/** Keys lie on disk until it is disposed of. */
export async function openSpawning(
  access: OpenSshAccess | undefined,
  tools: FarTools,
): Promise<OpenedSpawning> {
  if (!access || access.privateKeys.length === 0)
    return { spawning: undefined, [Symbol.asyncDispose]: async () => {} };
  const [version, hasScp] = await Promise.all([rsyncVersionHere(), isScpHere()]);
  const folder = await openSshFolder(access);
  const both = tools.has('rsync') ? version : undefined;
  return {
    spawning: {
      config: folder.config,
      hasScp,
      canSendByRsync: both !== undefined && isAtLeast(both, [3, 1, 0]),
      canFetchByRsync: both !== undefined && isAtLeast(both, [3, 2, 5]),
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  for (const [index, number] of least.entries())
    if (version[index] !== number) return (version[index] ?? 0) > number;
  return true;
}
