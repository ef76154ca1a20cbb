// DeepSpeed's own lines: `[Rank 0] step=10, skipped=0, lr=[1e-05]`, `steps: 10 loss: 1.23 iter time (s): 0.5 samples/sec:
// 63.1` and `epoch=0/micro_step=10/global_step=10, RunningAvgSamplesPerSec=60, CurrSamplesPerSec=61, MemAllocated=5GB`.
import { emptyFigures } from '../parser/figures.ts';
import { readKeyValues } from '../parser/key-values.ts';
import type { Finding, LogFormat } from '../parser/log-format.ts';

const STEP = /\bstep=(\d+), skipped=\d+, lr=\[([^\],]+)/;
const TIMER = /\bepoch=(\d+)\/micro_step=\d+\/global_step=(\d+), .*CurrSamplesPerSec=([\d.]+)/;
const PIPE = /^(?:.*\] )?steps: (\d+) loss: (\S+) iter time \(s\): ([\d.]+)/;
const SAVED = /\[Torch\] Saved (\S+)/;

export const deepspeed: LogFormat = {
  name: 'deepspeed',
  rank: 'own',
  start:
    () =>
    (line): Finding | null => {
      if (line.includes('[Torch] Saved ')) {
        const path = SAVED.exec(line)?.[1]?.replace(/\.$/, '');
        const step = /global_step(\d+)/.exec(path ?? '')?.[1];
        return { kind: 'checkpoint', path, step: step === undefined ? undefined : Number(step) };
      }
      const figures = emptyFigures();
      const pipe = line.includes('steps: ') ? PIPE.exec(line) : null;
      if (pipe) {
        readKeyValues(line, figures, { from: line.indexOf('steps: ') });
        figures.stepS = Number(pipe[3]);
        return { kind: 'figures', figures };
      }
      const step = line.includes('skipped=') ? STEP.exec(line) : null;
      if (step) {
        figures.step = Number(step[1]);
        figures.learningRate = Number(step[2]);
        return { kind: 'figures', figures };
      }
      const timer = line.includes('micro_step=') ? TIMER.exec(line) : null;
      if (!timer) return null;
      figures.epoch = Number(timer[1]);
      figures.step = Number(timer[2]);
      figures.throughput = Number(timer[3]);
      figures.throughputUnit = 'samples/s';
      const memory = /MaxMemAllocated=([\d.]+)\s*GB/.exec(line)?.[1];
      if (memory !== undefined) figures.memoryGb = Number(memory);
      return { kind: 'figures', figures };
    },
};
