// One sampler a machine: whoever asks within the interval gets the same sample, and nobody asks twice at a time.
import { type RemoteTarget, whileReconnecting } from '../reconnect.ts';
import { parseSample, type Sample } from './parse-sample.ts';
import { type ProbeWishes, probeScript } from './probe-script.ts';

export interface SamplerOptions extends ProbeWishes {
  /** How old a sample may be before the machine is asked again; default 5 s. */
  readonly intervalMs?: number;
}

export interface Sampler {
  /**
   * The present sample. Rejects when the machine cannot be asked; a machine that answers badly gives a sample whose
   * parts say why they are not known. The signal ends the wait of this caller, not the probe.
   */
  sample(options?: { readonly signal?: AbortSignal }): Promise<Sample>;
}

const INTERVAL_MS = 5_000;
const ANSWER_MS = 45_000;

/** A sample that comes late is worth little: the caller asks again anyway. */
const ATTEMPTS = 3;

export function createSampler(target: RemoteTarget, options: SamplerOptions = {}): Sampler {
  const { intervalMs = INTERVAL_MS } = options;
  const script = probeScript(options);
  let underWay: Promise<Sample> | undefined;
  let last: { readonly sample: Sample; readonly atMs: number } | undefined;

  const probe = async (): Promise<Sample> => {
    const { stdout } = await whileReconnecting(
      target,
      (shell) => shell.exec(script, { timeoutMs: ANSWER_MS, maxOutputBytes: 1024 * 1024 }),
      { what: 'probe a machine', attempts: ATTEMPTS },
    );
    const sample = parseSample(stdout, target.clock.now(), options.throughput);
    last = { sample, atMs: target.clock.monotonic() };
    return sample;
  };

  return {
    async sample({ signal } = {}) {
      signal?.throwIfAborted();
      if (last && target.clock.monotonic() - last.atMs < intervalMs) return last.sample;
      underWay ??= probe().finally(() => {
        underWay = undefined;
      });
      const shared = underWay;
      if (!signal) return await shared;
      return await new Promise<Sample>((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
      });
    },
  };
}
