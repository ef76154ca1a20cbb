// `runs parse`: of a real log what awk reads in it, and a sentence for everything that is no log.

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder, vastdeck } from './cli-world.ts';

const SHARED = fileURLToPath(new URL('../../../../shared/data/training-logs/', import.meta.url));

const folder = temporaryFolder();
const env = { HOME: folder.path, VASTDECK_HOME: folder.path };
const yaml = join(folder.path, 'vastdeck.yaml');
afterEach(() => rmSync(yaml, { force: true }));
afterAll(() => folder.remove());

const parse = (...args: string[]) => vastdeck(['runs', 'parse', ...args], { env, cwd: folder.path });

/** What a pipeline of grep, sed and awk prints of the file, as a number; null for nothing asked. */
function shell(command: string | null, file: string): number | null {
  if (command === null) return null;
  // The file itself and no pipe: a command that reads none of it would break one.
  const input = openSync(file, 'r');
  const printed = execFileSync('bash', ['-o', 'pipefail', '-c', command], {
    stdio: [input, 'pipe', 'inherit'],
  });
  closeSync(input);
  const number = Number(printed.toString().trim().split('\n').at(-1));
  expect(number, command).not.toBeNaN();
  return number;
}

const KEYS = [
  'format',
  'attempts',
  'epoch',
  'total_epochs',
  'step',
  'total_steps',
  'loss',
  'eta_seconds',
  'metrics',
];
const lastOf = (pattern: string) => `grep -oE '${pattern}' | tail -1 | grep -oE '[0-9.]+([eE][-+][0-9]+)?$'`;
/** Iterations left, by the mean of all their times in ms. */
const MEGATRON_LEFT = `grep -oE 'iteration +[0-9]+/ +[0-9]+|per iteration \\(ms\\): [0-9.]+' | awk '/^iter/ {split($0, p, /[ \\/]+/); done = p[2]; all = p[3]} /ms/ {sum += $NF; n++} END {print (all - done) * sum / n / 1000}'`;

const CASES: readonly (readonly [
  file: string,
  step: string,
  total: string | null,
  loss: string | null,
  /** Within 15 %: a step's time varies. */
  eta: string | null,
])[] = [
  [
    'axolotl-notebook-steps.tsv',
    `awk 'END {print $1}'`,
    `grep -oE '^\\[[0-9]+/[0-9]+' | cut -d/ -f2`,
    `awk 'END {print $2}'`,
    'echo 0',
  ],
  [
    'hf-notebook-chatglm.tsv',
    `awk 'END {print $1}'`,
    `grep -oE '^\\[[0-9]+/[0-9]+' | cut -d/ -f2`,
    `awk 'END {print $2}'`,
    'echo 0',
  ],
  [
    'hf-trainer-deepspeed-run_clm.log',
    `tr '\\r' '\\n' | grep -oE ' [0-9]+/[0-9]+ \\[' | tail -1 | grep -oE '[0-9]+/' | tr -d /`,
    lastOf('optimization steps = [0-9]+'),
    null,
    'echo 0',
  ],
  [
    'keras-model-fit.log',
    `grep val_loss | tail -1 | cut -d/ -f1`,
    `grep val_loss | tail -1 | grep -oE '/[0-9]+' | head -1 | tr -d /`,
    `grep val_loss | tail -1 | grep -oE ' loss: [0-9.]+' | cut -d' ' -f3`,
    `awk '/^Epoch/ {split($2, e, "/")} /val_loss/ && match($0, / [0-9]+s /) {sum += substr($0, RSTART, RLENGTH - 2); n++} END {print (e[2] - e[1]) * sum / n}'`,
  ],
  [
    'llama-factory-trainer_log-a.jsonl',
    lastOf('"current_steps": [0-9]+'),
    lastOf('"total_steps": [0-9]+'),
    lastOf('"loss": [0-9.]+'),
    'echo 0',
  ],
  [
    'llms-from-scratch.log',
    `${lastOf('Step [0-9]+')} | awk '{print $1 + 0}'`,
    null,
    lastOf('Train loss [0-9.]+'),
    null,
  ],
  [
    'megatron-deepspeed-zero.log',
    `grep -oE 'iteration +[0-9]+/' | tail -1 | grep -oE '[0-9]+'`,
    lastOf('iteration +[0-9]+/ +[0-9]+'),
    lastOf('lm loss: [0-9.E+-]+'),
    MEGATRON_LEFT,
  ],
  [
    'megatron-lm-iteration.log',
    `grep -oE 'iteration +[0-9]+/' | tail -1 | grep -oE '[0-9]+'`,
    lastOf('iteration +[0-9]+/ +[0-9]+'),
    lastOf('lm loss: [0-9.E+-]+'),
    MEGATRON_LEFT,
  ],
  [
    'mingpt-iter_dt.log',
    lastOf('iter [0-9]+: train loss').replace("grep -oE '[0-9.]+([eE][-+][0-9]+)?$'", "grep -oE '[0-9]+'"),
    null,
    `tr -d '\\r' | ${lastOf('train loss [0-9.]+')}`,
    null,
  ],
  [
    'mistral-finetune.log',
    `grep -oE 'step: [0-9]+ - done' | tail -1 | awk '{print $2 + 0}'`,
    lastOf('max_steps=[0-9]+'),
    lastOf(' - loss: [0-9.]+'),
    'echo 0',
  ],
  [
    'modded-nanogpt-step-train_time.log',
    `grep -oE '^step:[0-9]+' | tail -1 | cut -d: -f2`,
    lastOf('^step:[0-9]+/[0-9]+'),
    lastOf('train_loss:[0-9.]+'),
    'echo 0',
  ],
  [
    'olmo-train.log',
    lastOf('step=[0-9]+'),
    lastOf('step=[0-9]+/[0-9]+'),
    lastOf('CrossEntropyLoss=[0-9.]+'),
    `grep -oE '[0-9]+:[0-9]+:[0-9.]+|step=[0-9]+/[0-9]+' | awk '/:/ {split($0, t, ":"); now = t[1] * 3600 + t[2] * 60 + t[3]} /step/ {split($0, s, /[=\\/]/); if (!n++) {t0 = now; s0 = s[2]} last = now; at = s[2]; all = s[3]} END {print (all - at) * (last - t0) / (at - s0)}'`,
  ],
];

describe.skipIf(!existsSync(SHARED))('of a real log', () => {
  it.each(
    CASES,
  )('%s the last step, total, loss and time left are what awk reads', async (name, step, total, loss, eta) => {
    const file = join(SHARED, name);
    const { code, out } = await parse(file, '--json');
    expect(code).toBe(0);
    const runs = JSON.parse(out);
    expect(runs).toHaveLength(1);
    const [run] = runs;
    expect(Object.keys(run)).toEqual(KEYS);
    expect(run.attempts).toBe(1);
    expect(run.step).toBe(shell(step, file));
    expect(run.total_steps).toBe(shell(total, file));
    expect(run.loss).toBe(shell(loss, file));
    const left = shell(eta, file);
    if (left === null) expect(run.eta_seconds).toBeNull();
    else expect(Math.abs(run.eta_seconds - left)).toBeLessThanOrEqual(0.15 * left);
  });

  it('standard input tells the same, and several files stand in their order', async () => {
    const first = join(SHARED, 'olmo-train.log');
    const second = join(SHARED, 'keras-model-fit.log');
    const both = JSON.parse((await parse(first, second, '--json')).out);
    expect(both.map(({ format }: { format: string }) => format)).toEqual(['olmo', 'keras']);
    const piped = await vastdeck(['runs', 'parse', '-', '--json'], {
      env,
      input: readFileSync(first, 'utf8'),
    });
    expect(JSON.parse(piped.out)).toEqual([both[0]]);
  });
});

/** A file of this text, by a name of its own. */
function log(text: string | Uint8Array, name = 'it.log'): string {
  writeFileSync(join(folder.path, name), text);
  return name;
}

describe('of a log', () => {
  it('in a format never seen before, step and loss are told by the generic reader', async () => {
    const lines = Array.from(
      { length: 30 },
      (_, n) => `>> upd=x step = ${n * 7}  | loss = ${(3 - n / 20).toFixed(3)} tok/s 1${n}`,
    );
    const { out } = await parse(log(lines.join('\n')), '--json');
    expect(JSON.parse(out)).toMatchObject([{ format: 'generic', step: 203, loss: 1.55 }]);
  });

  it('that a template of vastdeck.yaml describes, it is read by that, with its custom metrics', async () => {
    writeFileSync(
      yaml,
      "training:\n  templates: { mine: 'T{step}~{total_steps} err {loss}' }\n  metrics: [{ name: wer, pattern: 'WER (?<value>[0-9.]+)' }]\n",
    );
    const { out } = await parse(log('T1~50 err 2.5\nT2~50 err 2.25\nWER 0.31\n'), '--json');
    expect(JSON.parse(out)).toMatchObject([
      { format: 'mine', step: 2, total_steps: 50, loss: 2.25, metrics: { wer: 0.31 } },
    ]);
  });

  it('that begins anew at step 0 is one run of two attempts, and that is said', async () => {
    const part = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => `step ${from + n}/1000 loss ${(3 - n / 1000).toFixed(4)}`);
    const { out, err } = await parse(log([...part(1, 60), ...part(1, 20)].join('\n')), '--json');
    expect(JSON.parse(out)).toMatchObject([{ attempts: 2, step: 19, total_steps: 1000 }]);
    expect(err).toMatch(/it\.log: Attempt 2 begins at step 1, after step 59\./);
  });

  it('whose last loss is NaN, null stands in the JSON and the word is said', async () => {
    const { out, err } = await parse(log('step 1 loss 2.5\nstep 2 loss nan\n'), '--json');
    expect(JSON.parse(out)).toMatchObject([{ step: 2, loss: null }]);
    expect(err).toContain('the last loss is NaN');
  });

  it('a terminal sees a table with the file, and TSV has a header', async () => {
    const file = log('Epoch 2/10\nStep 100, Loss = 0.5\n', 'train.log');
    const shown = await vastdeck(['runs', 'parse', file], { env, cwd: folder.path, isTerminal: true });
    expect(shown.out).toMatch(/^file +format/);
    expect(shown.out).toContain('train.log');
    expect((await parse(file)).out.split('\n')[0]).toBe(['file', ...KEYS].join('\t'));
  });
});

describe('what is no log', () => {
  it.each([
    [
      'binary garbage',
      () => Uint8Array.from({ length: 300_000 }, (_, n) => (n * 7919 + (n >> 3) * 104_729) & 0xff),
    ],
    [
      'invalid UTF-8',
      () => Buffer.concat(Array.from({ length: 500 }, () => Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a]))),
    ],
    ['prose', () => 'Dear diary,\nnothing happened today.\n'],
    ['4 MB of one line', () => 'x'.repeat(4_000_000)],
  ])('of %s nothing is recognised, and that is said', async (_what, content) => {
    const { code, out, err } = await parse(log(content()), '--json');
    expect([code, out]).toEqual([1, '[]\n']);
    expect(err).toMatch(/^Nothing was recognised in it\.log: no line has a step, an epoch or a loss\./);
  });

  it('invalid UTF-8 between good lines does not hide them', async () => {
    const bytes = Buffer.concat([
      Buffer.from('step 1 loss 2\n'),
      Buffer.from([0xff, 0x80, 0x0a]),
      Buffer.from('step 2 loss 1\n'),
    ]);
    expect(JSON.parse((await parse(log(bytes), '--json')).out)).toMatchObject([{ step: 2, loss: 1 }]);
  });

  it('is told by its kind: empty, missing, a folder', async () => {
    expect(await parse(log(''), '--json')).toEqual({
      code: 1,
      out: '[]\n',
      err: 'it.log is empty: there is nothing to recognise.\n',
    });
    const missing = await parse('not-there.log');
    expect([missing.code, missing.out]).toEqual([4, '']);
    expect(missing.err).toContain('There is no file');
    mkdirSync(join(folder.path, 'logs'));
    const within = await parse('logs');
    expect(within.code).toBe(2);
    expect(within.err).toContain('is a folder; name the log in it');
    expect((await parse(join(log('x'), 'below'))).code).toBe(4);
  });

  it('does not keep the others from being read, and ends with 1', async () => {
    const good = log('step 1 loss 2\nstep 2 loss 1\n', 'good.log');
    const { code, out, err } = await parse(log('nothing'), good, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toHaveLength(1);
    expect(err).toContain('Nothing was recognised in it.log');
  });
});
