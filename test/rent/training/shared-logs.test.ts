// The real logs: what `summarizeLog` says of each is what awk reads in it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { summarizeLog } from '../../../src/rent/training/index.ts';
import { parsed, shell, shellNumber } from './a-log.ts';

const FOLDER = new URL('../../../../shared/data/training-logs/', import.meta.url);

interface Case {
  readonly file: string;
  readonly format: string;
  /** Shell commands; null where the log does not tell. */
  readonly step: string;
  readonly total: string | null;
  readonly loss: string | null;
  /** Seconds to the end. Where a step's time varies, it is compared to 15 %. */
  readonly eta: string | null;
}

/** Steps of a full bar or table: nothing is left. */
const NOTHING_LEFT = "awk 'END {print 0}'";

const CASES: readonly Case[] = [
  {
    file: 'axolotl-notebook-steps.tsv',
    format: 'notebook-table',
    step: `awk -F'\\t' 'END {print $1}'`,
    total: `sed -n 's/^\\[[0-9]*\\/\\([0-9]*\\) .*/\\1/p'`,
    loss: `awk -F'\\t' 'END {print $2}'`,
    eta: NOTHING_LEFT,
  },
  {
    file: 'hf-notebook-chatglm.tsv',
    format: 'notebook-table',
    step: `awk -F'\\t' 'END {print $1}'`,
    total: `sed -n 's/^\\[[0-9]*\\/\\([0-9]*\\) .*/\\1/p'`,
    loss: `awk -F'\\t' 'END {print $2}'`,
    eta: NOTHING_LEFT,
  },
  {
    file: 'hf-trainer-deepspeed-run_clm.log',
    format: 'hf-trainer',
    step: `tr '\\r' '\\n' | grep -o '| [0-9]*/[0-9]* \\[' | tail -1 | grep -o '[0-9]*/' | tr -d /`,
    total: `grep -o 'Total optimization steps = [0-9]*' | grep -o '[0-9]*$'`,
    // It ran for 4 steps and was told to log each 500.
    loss: null,
    eta: NOTHING_LEFT,
  },
  {
    file: 'keras-model-fit.log',
    format: 'keras',
    // The last line is `evaluate` on 157 batches of test data: the last of training stands before it.
    step: `grep val_loss | tail -1 | awk -F/ '{print $1}'`,
    total: `grep val_loss | tail -1 | awk -F'[/ ]' '{print $2}'`,
    loss: `grep val_loss | tail -1 | sed 's/.* - loss: \\([0-9.]*\\) .*/\\1/'`,
    eta: `awk '/^Epoch/ {split($2, e, "/")} /val_loss/ {for (i = 1; i < NF; i++) if ($i ~ /^[0-9]+s$/) {s += $i; n++}} END {print (e[2] - e[1]) * s / n}'`,
  },
  {
    file: 'llama-factory-trainer_log-a.jsonl',
    format: 'llama-factory',
    step: `grep -o '"current_steps": [0-9]*' | tail -1 | grep -o '[0-9]*$'`,
    total: `grep -o '"total_steps": [0-9]*' | tail -1 | grep -o '[0-9]*$'`,
    loss: `grep -o '"loss": [0-9.]*' | tail -1 | grep -o '[0-9.]*$'`,
    eta: NOTHING_LEFT,
  },
  {
    file: 'llms-from-scratch.log',
    format: 'generic',
    step: `grep -o 'Step [0-9]*' | tail -1 | awk '{print $2 + 0}'`,
    total: null,
    loss: `grep -o 'Train loss [0-9.]*' | tail -1 | awk '{print $3}'`,
    eta: null,
  },
  {
    file: 'megatron-deepspeed-zero.log',
    format: 'megatron',
    step: `awk '$1 == "iteration" {print $2 + 0}'`,
    total: `awk '$1 == "iteration" {print $3 + 0}'`,
    loss: `sed -n 's/.*lm loss: \\([^ ]*\\) .*/\\1/p'`,
    eta: `sed -n 's/.*iteration *\\([0-9]*\\)\\/ *\\([0-9]*\\).*(ms): \\([0-9.]*\\).*/\\1 \\2 \\3/p' | awk '{s += $3} END {print ($2 - $1) * s / NR / 1000}'`,
  },
  {
    file: 'megatron-lm-iteration.log',
    format: 'megatron',
    step: `awk '$1 == "iteration" {print $2 + 0}'`,
    total: `awk '$1 == "iteration" {print $3 + 0}'`,
    loss: `sed -n 's/.*lm loss: \\([^ ]*\\) .*/\\1/p'`,
    eta: `sed -n 's/.*iteration *\\([0-9]*\\)\\/ *\\([0-9]*\\).*(ms): \\([0-9.]*\\).*/\\1 \\2 \\3/p' | awk '{s += $3} END {print ($2 - $1) * s / NR / 1000}'`,
  },
  {
    file: 'mingpt-iter_dt.log',
    format: 'mingpt',
    step: `tr -d '\\r' | awk '/^iter_dt .* train loss/ {print $4 + 0}'`,
    total: null,
    loss: `tr -d '\\r' | awk '/^iter_dt .* train loss/ {print $NF}'`,
    eta: null,
  },
  {
    file: 'mistral-finetune.log',
    format: 'mistral-finetune',
    step: `grep -o 'step: [0-9]* - done' | tail -1 | awk '{print $2 + 0}'`,
    total: `grep -o 'max_steps=[0-9]*' | grep -o '[0-9]*'`,
    loss: `grep -o ' - loss: [0-9.]*' | tail -1 | awk '{print $3}'`,
    eta: NOTHING_LEFT,
  },
  {
    file: 'modded-nanogpt-step-train_time.log',
    format: 'modded-nanogpt',
    step: `awk -F'[:/ ]' 'END {print $2}'`,
    total: `awk -F'[:/ ]' 'END {print $3}'`,
    loss: `grep -o 'train_loss:[0-9.]*' | tail -1 | cut -d: -f2`,
    eta: NOTHING_LEFT,
  },
  {
    file: 'olmo-train.log',
    format: 'olmo',
    step: `grep -o '\\[step=[0-9]*' | tail -1 | cut -d= -f2`,
    total: `grep -o '\\[step=[0-9]*/[0-9]*' | tail -1 | cut -d/ -f2`,
    loss: `grep -o 'CrossEntropyLoss=[0-9.]*' | tail -1 | cut -d= -f2`,
    // From the first block's time to the last one's, on the same day.
    eta: `awk -F'[][=/ :,\\t-]+' '/\\[step=/ {t = $4 * 3600 + $5 * 60 + $6; match($0, /step=[0-9]+\\/[0-9]+/); split(substr($0, RSTART + 5, RLENGTH - 5), s, "/"); if (!n++) {t0 = t; s0 = s[1]}} END {print (s[2] - s[1]) * (t - t0) / (s[1] - s0)}'`,
  },
];

describe.skipIf(!existsSync(FOLDER))('of a real log, the summary is what awk reads', () => {
  it.each(CASES)('$file', ({ file, format, step, total, loss, eta }) => {
    const bytes = readFileSync(new URL(file, FOLDER));
    const [run, ...others] = summarizeLog([bytes]);
    expect(others).toEqual([]);
    expect(run?.format).toBe(format);
    expect(run?.attempts).toBe(1);
    expect(run?.step).toBe(shellNumber(step, bytes));
    expect(run?.totalSteps).toBe(total === null ? null : shellNumber(total, bytes));
    expect(run?.loss).toBe(loss === null ? null : shellNumber(loss, bytes));
    if (eta === null) expect(run?.etaS).toBeNull();
    else {
      const expected = shellNumber(eta, bytes);
      expect(Math.abs((run?.etaS ?? Number.NaN) - expected)).toBeLessThanOrEqual(0.15 * expected);
      if (run?.finish.kind === 'known') {
        expect(run.finish.remainingS.low).toBeLessThanOrEqual(expected);
        expect(run.finish.remainingS.high).toBeGreaterThanOrEqual(expected);
      }
    }
  });

  it('and the whole rows of losses of four of them agree too', () => {
    const columns: readonly (readonly [string, string])[] = [
      ['olmo-train.log', `grep -o 'CrossEntropyLoss=[0-9.]*' | cut -d= -f2`],
      ['modded-nanogpt-step-train_time.log', `grep -o 'train_loss:[0-9.]*' | cut -d: -f2`],
      ['megatron-lm-iteration.log', `sed -n 's/.*lm loss: \\([^ ]*\\) .*/\\1/p'`],
      ['llama-factory-trainer_log-a.jsonl', `grep -o '"loss": [0-9.]*' | cut -d' ' -f2`],
    ];
    for (const [file, command] of columns) {
      const bytes = readFileSync(new URL(file, FOLDER));
      const expected = shell(`${command} | tr '\\n' ' '`, bytes).trim().split(' ').map(Number);
      const ours = parsed(bytes).readings.map(({ figures }) => figures.loss);
      expect(
        ours.filter((loss) => loss !== undefined),
        file,
      ).toEqual(expected);
      expect(expected.length, file).toBeGreaterThan(50);
    }
  });
});
