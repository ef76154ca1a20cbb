// `vd probe`: two minutes in which a machine shows what it can: its GPUs, its disk, its line.
import type { Clock } from '../../../../base/std/index.ts';
import type { RemoteShell } from '../../../../net/ssh/index.ts';
import { type DiskFigures, probeDisk } from './probe-disk.ts';
import { type GpuFigures, probeGpu } from './probe-gpu.ts';
import { type NetworkFigures, probeNetwork } from './probe-network.ts';
import { type ProbePart, tryPart } from './probe-part.ts';

export interface ProbeOptions {
  /** As it was paid for. */
  readonly gpuCount: number;
  readonly clock: Clock;
  /** For all of it, as far as the machine keeps up; default 120,000. Half of it is for the GPUs. */
  readonly durationMs?: number;
  /** Where the disk is tried; default the login's home. */
  readonly folder?: string;
  /** MiB written to the disk at most; default 2,048, and never more than a tenth of what is free. */
  readonly diskMb?: number;
  /** What to download; give one only to whose traffic a person agreed. Default a file over SSH, both ways. */
  readonly downloadUrl?: string;
  /** Bytes over the line at most, each way; default 200 MB from an address and 64 MB over SSH. */
  readonly networkBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ProbeReport {
  readonly beganAtMs: number;
  readonly tookMs: number;
  readonly gpu: ProbePart<GpuFigures>;
  readonly disk: ProbePart<DiskFigures>;
  readonly network: ProbePart<NetworkFigures>;
}

const FILE_NAME = '.vastdeck-probe';

/** One part after the other, so that none disturbs the next. Rejects only with the signal's reason. */
export async function probeShell(shell: RemoteShell, options: ProbeOptions): Promise<ProbeReport> {
  const { gpuCount, clock, durationMs = 120_000, folder, downloadUrl: url, signal } = options;
  const beganAtMs = clock.now();
  const beganMs = clock.monotonic();
  const gpu = await tryPart(
    () => probeGpu(shell, { gpuCount, clock, durationMs: durationMs / 2, signal }),
    signal,
  );
  const disk = await tryPart(
    () =>
      probeDisk(shell, {
        folder,
        fileName: FILE_NAME,
        sizeMb: options.diskMb ?? 2_048,
        timeoutMs: durationMs / 4 + 30_000,
        signal,
      }),
    signal,
  );
  const network = await tryPart(
    () =>
      probeNetwork(shell, {
        clock,
        url,
        maxBytes: options.networkBytes ?? (url === undefined ? 64e6 : 200e6),
        durationMs: durationMs / 8,
        fileName: FILE_NAME,
        signal,
      }),
    signal,
  );
  return { beganAtMs, tookMs: clock.monotonic() - beganMs, gpu, disk, network };
}
