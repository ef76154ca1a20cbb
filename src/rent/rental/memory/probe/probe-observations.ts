// What the memory of hosts learns from a probe.
import type { Observation } from '../observation.ts';
import { MATMUL_METHOD } from './matmul.ts';
import type { ProbeReport } from './probe-shell.ts';

export interface ProbedPlace {
  readonly machineId: number;
  readonly hostId: number | null;
  /** As it was paid for. */
  readonly gpuName: string;
  readonly gpuCount: number;
  /** Mbit/s that the host advertises; null where it does not say. */
  readonly downloadMbps: number | null;
}

/** Cards throttle from about here; a card that is not loaded and as hot has no air. */
const HOT_FROM_C = 90;

/** The same report gives the same keys. */
export function probeObservations(report: ProbeReport, place: ProbedPlace): readonly Observation[] {
  const { gpu, network, beganAtMs } = report;
  const { machineId, hostId, gpuName, gpuCount, downloadMbps } = place;
  const seen = (what: string) => ({
    key: `probe:${machineId}:${beganAtMs}:${what}`,
    machineId,
    hostId,
    atMs: beganAtMs,
  });
  const observations: Observation[] = [{ ...seen('all'), kind: 'probe', report: { ...report } }];
  if (gpu.kind === 'measured') {
    const { matmulTflops, temperatureMaxC, eccErrors, gpuCount: found, names } = gpu.figures;
    if (matmulTflops !== null) {
      const speed = { value: matmulTflops, unit: 'TFLOPS', method: MATMUL_METHOD, expected: null };
      observations.push({ ...seen('speed'), kind: 'speed', gpuName, gpuCount, ...speed });
    }
    if (found < gpuCount) {
      const note = `${found} × ${names[0] ?? 'GPU'} in place of ${gpuCount} × ${gpuName}`;
      observations.push({ ...seen('gpus'), kind: 'fault', fault: 'wrong-gpu', note });
    }
    if (eccErrors !== null && eccErrors > 0) {
      observations.push({
        ...seen('ecc'),
        kind: 'fault',
        fault: 'ecc',
        note: `${eccErrors} uncorrected ECC errors`,
      });
    }
    if (temperatureMaxC !== null && temperatureMaxC >= HOT_FROM_C) {
      observations.push({ ...seen('hot'), kind: 'fault', fault: 'hot', note: `${temperatureMaxC} °C` });
    }
  }
  // Over SSH our own line is measured as much as the machine's: that is no word on its host.
  if (network.kind === 'measured' && network.figures.of === 'internet' && downloadMbps !== null) {
    const { downMbps } = network.figures;
    if (downMbps !== null && downloadMbps > 0) {
      const figures = { measuredMbps: downMbps, advertisedMbps: downloadMbps };
      observations.push({ ...seen('down'), kind: 'bandwidth', direction: 'down', ...figures });
    }
  }
  return observations;
}
