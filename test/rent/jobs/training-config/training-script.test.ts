// The generated Python: it compiles, and run against stand-ins of its libraries it calls them with the settings asked
// for, publishes whole checkpoints only, resumes, and packs. With the real libraries: real-training.test.ts.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatJobFile, type Job, parseJobFile, toNeed } from '../../../../src/rent/jobs/file/index.ts';
import {
  parseTrainingConfig,
  type TrainingWish,
  toJob,
} from '../../../../src/rent/jobs/training-config/index.ts';
import { readHfDict } from '../../../../src/rent/training/formats/hf-dict.ts';

const STAND_INS = fileURLToPath(new URL('./stand-ins/', import.meta.url));
const WISH: TrainingWish = {
  baseModel: 'Qwen/Qwen2.5-7B',
  datasetPath: './rows.jsonl',
  projectName: 'My project!',
  saveSteps: 2,
  loggingSteps: 1,
};
const ROWS = [
  { instruction: 'add', input: '1 1', output: '2', id: 7 },
  { instruction: 'say', input: '', output: 'ü' },
];

interface Call {
  readonly call: string;
  readonly args: readonly unknown[];
  readonly with: Readonly<Record<string, unknown>>;
}

/** The job's files in a workspace of their own, as they would lie on an instance. */
function workspaceOf(job: Job, rows: readonly object[] = ROWS): string {
  const folder = mkdtempSync(join(tmpdir(), 'vd-train-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, source] of Object.entries(job.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const text =
      source.kind === 'text' ? source.text : rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function train(folder: string, env: Readonly<Record<string, string>> = {}) {
  const record = join(folder, 'calls.jsonl');
  rmSync(record, { force: true });
  const { status, stdout, stderr } = spawnSync('python3', ['vastdeck_train.py'], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: STAND_INS,
      PYTHONDONTWRITEBYTECODE: '1',
      WORKSPACE: folder,
      RECORD: record,
      ...env,
    },
  });
  const lines = existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : [];
  const calls = lines.map((line) => JSON.parse(line) as Call);
  return {
    status,
    stdout,
    stderr,
    /** The first call of that name. */
    call: (name: string) => calls.find(({ call }) => call === name),
    calls: (name: string) => calls.filter(({ call }) => call === name),
  };
}

const checkpointsIn = (folder: string) =>
  readdirSync(join(folder, 'out')).filter((name) => name.startsWith('ckpt-'));

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('the script of a training', () => {
  it.each<[string, Partial<TrainingWish>]>([
    ['lora', {}],
    ['qlora', { algorithm: 'qlora' }],
    ['qlora in int8', { algorithm: 'qlora', quantization: 'int8' }],
    ['dora', { algorithm: 'dora' }],
    ['full', { algorithm: 'full' }],
    ['unsloth', { algorithm: 'qlora', engine: 'unsloth' }],
    ['odd names', { projectName: '"""\\N{x}\n🚀', baseModel: 'a"; import os #\u2028' }],
  ])('compiles for %s', (_, wish) => {
    const folder = workspaceOf(toJob(parseTrainingConfig({ ...WISH, ...wish })));
    const script = join(folder, 'vastdeck_train.py');
    execFileSync('python3', ['-W', 'error', '-m', 'py_compile', script]);
    expect(readFileSync(script, 'utf8')).toMatch(/^[\x20-\x7e\n]+$/);
  });

  it('trains an adapter on what it is given, and packs it', () => {
    const folder = workspaceOf(
      toJob(
        parseTrainingConfig({
          ...WISH,
          rank: 8,
          alpha: 24,
          dropout: 0.2,
          targetModules: ['q_proj'],
          evalRatio: 0.5,
        }),
      ),
    );
    const { status, stderr, stdout, call } = train(folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(call('AutoModelForCausalLM.from_pretrained')).toEqual({
      call: 'AutoModelForCausalLM.from_pretrained',
      args: ['Qwen/Qwen2.5-7B'],
      with: { dtype: 'bfloat16', device_map: { '': 0 } },
    });
    expect(call('LoraConfig')?.with).toEqual({
      r: 8,
      lora_alpha: 24,
      lora_dropout: 0.2,
      target_modules: ['q_proj'],
      bias: 'none',
      task_type: 'CAUSAL_LM',
    });
    expect(call('SFTConfig')?.with).toMatchObject({
      num_train_epochs: 3,
      max_steps: -1,
      learning_rate: 0.0002,
      max_length: 1024,
      bf16: true,
      fp16: false,
      // 3 % of the three steps that one row of training has.
      warmup_steps: 1,
      save_steps: 2,
      eval_strategy: 'steps',
      per_device_eval_batch_size: 2,
      logging_nan_inf_filter: false,
      report_to: 'none',
    });
    expect(call('SFTTrainer')?.with).toMatchObject({
      train_dataset: [{ prompt: 'add\n\n1 1\n\n', completion: '2' }],
      eval_dataset: [{ prompt: 'say\n\n', completion: 'ü' }],
    });
    expect(call('train')?.with).toEqual({ resume_from_checkpoint: null });
    const packed = execFileSync('tar', ['tzf', join(folder, 'out/adapter.tar.gz')], { encoding: 'utf8' });
    expect(packed.trim().split('\n')).toEqual([
      'adapter/adapter_model.safetensors',
      'adapter/tokenizer.json',
    ]);
    expect(checkpointsIn(folder)).toEqual(['ckpt-4', 'ckpt-6']);
    const figures = stdout.split('\n').flatMap((line) => readHfDict(line) ?? []);
    expect(figures).toHaveLength(7);
    expect(figures[0]).toMatchObject({
      kind: 'figures',
      figures: { loss: 2, step: 1, gradNorm: 0.5, learningRate: 2e-5 },
    });
    expect(figures.at(-1)).toEqual({ kind: 'finished' });
    expect(train(folder).stdout).toContain('nothing is left to do');
  });

  it('goes on from the last whole checkpoint when it was killed while the next was written', () => {
    const folder = workspaceOf(toJob(parseTrainingConfig(WISH)));
    expect(train(folder, { KILL_AT: '4' }).status).toBe(137);
    expect(checkpointsIn(folder)).toEqual(['ckpt-2']);
    // What another machine gets is the published checkpoint, not the trainer's own folder.
    rmSync(join(folder, 'out/.trainer'), { recursive: true });
    const { status, stdout, call } = train(folder);
    expect(status).toBe(0);
    expect(call('train')?.with).toEqual({ resume_from_checkpoint: join(folder, 'out/ckpt-2') });
    expect(stdout).toMatch(/^Resuming from out\/ckpt-2\n\{'loss': 0.6667, .*'step': 3, 'max_steps': 6\}/);
    expect(existsSync(join(folder, 'out/adapter.tar.gz'))).toBe(true);
  });

  it('shows no checkpoint when it was killed while one was published', () => {
    const folder = workspaceOf(toJob(parseTrainingConfig(WISH)));
    expect(train(folder, { KILL_IN_PUBLISH: '1' }).status).toBe(137);
    expect(checkpointsIn(folder)).toEqual([]);
    rmSync(join(folder, 'out/.trainer'), { recursive: true });
    const { status, call } = train(folder);
    expect(status).toBe(0);
    expect(call('train')?.with).toEqual({ resume_from_checkpoint: null });
  });

  it('loads the model in 4 bits for qlora, in 8 when asked', () => {
    const int4 = train(workspaceOf(toJob(parseTrainingConfig({ ...WISH, algorithm: 'qlora' }))), {
      GPU: 'fp16',
    });
    expect(int4.call('BitsAndBytesConfig')?.with).toEqual({
      load_in_4bit: true,
      bnb_4bit_quant_type: 'nf4',
      bnb_4bit_use_double_quant: true,
      bnb_4bit_compute_dtype: 'float16',
    });
    expect(int4.call('SFTConfig')?.with).toMatchObject({ bf16: false, fp16: true });
    // What is trained, and nothing else, goes to 32 bits: gradients of 16 cannot be scaled.
    expect(int4.calls('float')).toEqual([{ call: 'float', args: [true], with: {} }]);
    const int8 = train(
      workspaceOf(toJob(parseTrainingConfig({ ...WISH, algorithm: 'qlora', quantization: 'int8' }))),
    );
    expect(int8.call('BitsAndBytesConfig')?.with).toEqual({ load_in_8bit: true });
    expect(int8.calls('float')).toEqual([]);
  });

  it('trains every weight for full, and decomposed adapters for dora', () => {
    const job = toJob(parseTrainingConfig({ ...WISH, algorithm: 'full' }));
    const folder = workspaceOf(job);
    const full = train(folder, { GPU: 'none' });
    expect(full.call('LoraConfig')).toBeUndefined();
    expect(full.call('AutoModelForCausalLM.from_pretrained')?.with).toMatchObject({
      dtype: 'float32',
      device_map: null,
    });
    expect(full.call('SFTConfig')?.with).toMatchObject({ learning_rate: 0.00002, bf16: false, fp16: false });
    expect(existsSync(join(folder, 'out/model.tar.gz'))).toBe(true);
    expect(job.artifacts).toEqual(['out/model.tar.gz']);
    const dora = train(workspaceOf(toJob(parseTrainingConfig({ ...WISH, algorithm: 'dora' }))));
    expect(dora.call('LoraConfig')?.with).toMatchObject({ use_dora: true, target_modules: 'all-linear' });
  });

  it('uses unsloth when asked, on rows as text', () => {
    const job = toJob(parseTrainingConfig({ ...WISH, algorithm: 'qlora', engine: 'unsloth' }));
    const { status, call } = train(workspaceOf(job, [{ messages: [{ role: 'user', content: 'hi' }] }]));
    expect(status).toBe(0);
    expect(call('FastLanguageModel.from_pretrained')?.with).toMatchObject({
      load_in_4bit: true,
      max_seq_length: 1024,
    });
    expect(call('FastLanguageModel.get_peft_model')?.with).toMatchObject({
      r: 16,
      lora_alpha: 32,
      use_gradient_checkpointing: 'unsloth',
    });
    expect(call('SFTTrainer')?.with).toMatchObject({
      peft_config: null,
      train_dataset: [{ text: '<user>hi' }],
    });
    expect(job.setup).toMatch(/^PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install .* 'unsloth'$/);
  });

  it('ends with a sentence when the loss is no number, and when the rows have no form it knows', () => {
    const job = toJob(parseTrainingConfig(WISH));
    const nan = train(workspaceOf(job), { NAN_AT: '3' });
    expect(nan.status).toBe(1);
    expect(nan.stdout).toContain("{'loss': nan");
    expect(nan.stderr).toContain('The loss of step 3 is nan');
    const odd = train(workspaceOf(job, [{ question: 'a', answer: 'b' }]));
    expect(odd.status).toBe(1);
    expect(odd.stderr).toContain('The data set has the columns question, answer; it needs messages');
  });

  it('computes the loss in pieces, as is usual, unless the output head is adapted', () => {
    const lossOf = (wish: Partial<TrainingWish>) =>
      train(workspaceOf(toJob(parseTrainingConfig({ ...WISH, ...wish })))).call('SFTConfig')?.with.loss_type;
    expect(lossOf({})).toBeUndefined();
    expect(lossOf({ targetModules: ['q_proj', 'lm_head'] })).toBe('nll');
  });

  it('reads conversations as other programs write them, and says when the model cannot', () => {
    const turns = [
      { from: 'human', value: 'hi' },
      { from: 'gpt', value: 'hello' },
    ];
    const folder = workspaceOf(toJob(parseTrainingConfig(WISH)), [{ id: 'x', conversations: turns }]);
    expect(train(folder).call('SFTTrainer')?.with.train_dataset).toEqual([
      {
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: 'hello' },
        ],
      },
    ]);
    rmSync(join(folder, 'out'), { recursive: true });
    const { status, stderr } = train(folder, { NO_TEMPLATE: '1' });
    expect(status).toBe(1);
    expect(stderr).toContain('Qwen/Qwen2.5-7B has no chat template');
  });

  it('reads a data set of the hub by its name, and writes from one of several processes only', () => {
    const job = toJob(
      parseTrainingConfig({
        ...WISH,
        datasetPath: 'a/b',
        datasetSource: 'huggingface',
        resourceId: '2x RTX 4090',
      }),
    );
    expect(job.run).toBe('torchrun --standalone --nproc_per_node=2 vastdeck_train.py');
    const folder = workspaceOf(job);
    const { call, stdout } = train(folder, { LOCAL_RANK: '1' });
    expect(call('load_dataset')).toEqual({
      call: 'load_dataset',
      args: ['a/b'],
      with: { data_files: null, split: 'train' },
    });
    expect(call('AutoModelForCausalLM.from_pretrained')?.with).toMatchObject({ device_map: { '': 1 } });
    expect(stdout).toBe('');
    expect(checkpointsIn(folder)).toEqual([]);
  });
});

describe('the job of a training', () => {
  it('can be printed as a file and read again', () => {
    const job = toJob(parseTrainingConfig({ ...WISH, hfTokenFrom: 'MY_TOKEN' }), {
      maxPricePerHour: 0.5,
      maxDurationMs: 3_600_000,
    });
    expect(job).toMatchObject({
      name: 'My-project',
      env: { HF_TOKEN: { fromEnv: 'MY_TOKEN' } },
      checkpoints: ['out/ckpt-*'],
      artifacts: ['out/adapter.tar.gz'],
      files: { 'data/rows.jsonl': { kind: 'path', path: './rows.jsonl' } },
      stopsOnNan: true,
    });
    expect(parseJobFile(formatJobFile(job))).toEqual(job);
  });

  it('takes variables along beside the token, and a setup of its own in place of the packages', () => {
    const job = toJob(parseTrainingConfig({ ...WISH, hfTokenFrom: 'MY_TOKEN' }), {
      env: { HF_ENDPOINT: 'https://mirror.example', WANDB_API_KEY: { fromEnv: 'WANDB' } },
      image: 'me/trainer:1',
      setup: 'nvidia-smi',
    });
    expect(job).toMatchObject({ image: 'me/trainer:1', setup: 'nvidia-smi' });
    expect(job.env).toEqual({
      HF_TOKEN: { fromEnv: 'MY_TOKEN' },
      HF_ENDPOINT: 'https://mirror.example',
      WANDB_API_KEY: { fromEnv: 'WANDB' },
    });
  });

  it('asks for GPUs that hold it where none is named', () => {
    const any = toNeed(toJob(parseTrainingConfig({ ...WISH, algorithm: 'qlora' })));
    expect(any).toMatchObject({ gpus: 'any', minVramGb: 12, diskGb: 51 });
    const named = toNeed(toJob(parseTrainingConfig({ ...WISH, resourceId: '2x rtx-4090' })));
    expect(named).toMatchObject({ gpus: ['RTX 4090'], gpuCount: 2 });
    expect(named.minVramGb).toBeUndefined();
  });
});

it.runIf(!hasPython)('is not run here: there is no python3', () => {});
