// Each check before anything is spent: both sides, and what it says.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { microUsd } from '../../../../src/base/std/index.ts';
import {
  checkBudget,
  checkCredit,
  checkDataset,
  checkEnvironment,
  checkGpuMemory,
  checkGpuNames,
  checkImageName,
  checkImageSize,
  checkRecovery,
  checkScript,
  checkSources,
  parseTrainingConfig,
} from '../../../../src/rent/jobs/index.ts';
import { temporaryFolder } from '../../../support/stores.ts';
import { aJob } from '../a-job.ts';

/** `verdict: sentence`, as one text to be matched. */
const said = ({ verdict, sentence }: { readonly verdict: string; readonly sentence: string }) =>
  `${verdict}: ${sentence}`;

describe('a script', () => {
  it('that bash reads is not run, one that it cannot read is shown with the line', async () => {
    const marker = join(temporaryFolder(), 'marker');
    const good = await checkScript({
      name: 'run',
      script: `touch ${marker}; for x in 1 2; do echo $x; done`,
    });
    expect(good).toEqual({ name: 'run', verdict: 'ok', sentence: 'run is read by bash without a fault' });
    expect(await checkSources({ workdir: { kind: 'folder', path: marker }, files: {} }, '/')).toMatchObject([
      { verdict: 'fault' },
    ]);
    const bad = await checkScript({ name: 'setup', script: 'echo a\nif true; then\n  echo "b\n' });
    expect(said(bad)).toMatch(/^fault: setup is no script that bash can read: line \d: unexpected EOF/);
    const long = await checkScript({ name: 'run', script: `)\n${'echo a\n'.repeat(100_000)}` });
    expect(long.verdict).toBe('fault');
  });
});

describe('what the job takes along', () => {
  it('is there and is counted, or is missing, empty or of the wrong kind', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'code/.git'), { recursive: true });
    mkdirSync(join(folder, 'hollow'));
    writeFileSync(join(folder, 'code/.git/objects'), 'x'.repeat(5_000));
    writeFileSync(join(folder, 'code/a.py'), 'x'.repeat(1_500));
    writeFileSync(join(folder, 'none'), '');
    const files = {
      'd/a': { kind: 'path', path: 'code/a.py' },
      t: { kind: 'text', text: '' },
      e: { kind: 'path', path: 'none' },
    } as const;
    const found = await checkSources({ workdir: { kind: 'folder', path: './code' }, files }, folder);
    expect(found.map(said)).toEqual([
      expect.stringMatching(/^ok: workdir: .*code can be read, 1 file, 2 kB before ignore rules/),
      expect.stringMatching(/^ok: d\/a: .*a\.py can be read, 2 kB/),
      expect.stringMatching(/^warning: e: .* is empty/),
    ]);
    const of = async (path: string) =>
      said((await checkSources({ workdir: { kind: 'folder', path }, files: {} }, folder))[0] as never);
    expect(await of('nowhere')).toMatch(
      /^fault: workdir: .*nowhere is not there \(paths are relative to the job file's folder\)$/,
    );
    expect(await of('code/a.py')).toMatch(/^fault: workdir is to be a folder/);
    expect(await of('hollow')).toMatch(/^warning: .*no file/);
    const git = await checkSources(
      { workdir: { kind: 'git', url: 'https://h/x', commit: 'a'.repeat(40) }, files: {} },
      folder,
    );
    expect(git.map(said)).toEqual([expect.stringMatching(/^unknown: .*https:\/\/h\/x at aaaaaaaaaaaa/)]);
  });

  it('is told with what to write where it is in the folder that the person is in', async () => {
    const cwd = temporaryFolder();
    const folder = join(cwd, 'jobs', 'a');
    mkdirSync(join(cwd, 'code'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(cwd, 'data.csv'), 'x');
    const job = {
      workdir: { kind: 'folder', path: './code' },
      files: { d: { kind: 'path', path: 'data.csv' }, n: { kind: 'path', path: 'none' } },
    } as const;
    const rule = "(paths are relative to the job file's folder)";
    expect((await checkSources(job, folder, cwd)).map(said)).toEqual([
      `fault: workdir: ${join(folder, 'code')} is not there ${rule}; ${join(cwd, 'code')} is: write ../../code in its place`,
      `fault: d: ${join(folder, 'data.csv')} is not there ${rule}; ${join(cwd, 'data.csv')} is: write ../../data.csv in its place`,
      `fault: n: ${join(folder, 'none')} is not there ${rule}`,
    ]);
    expect((await checkSources(job, cwd, cwd)).map(({ verdict }) => verdict)).toEqual([
      'warning',
      'ok',
      'fault',
    ]);
  });

  it('may have links that lead nowhere, which are not counted', async () => {
    const folder = temporaryFolder();
    symlinkSync('/nowhere', join(folder, 'link'));
    writeFileSync(join(folder, 'a'), 'x');
    expect(await checkSources({ workdir: { kind: 'folder', path: '.' }, files: {} }, folder)).toMatchObject([
      { verdict: 'ok' },
    ]);
  });
});

describe('a data set', () => {
  it.each([
    ['{"messages": []}\n', 'ok: '],
    ['{"prompt": "", "completion": "", "id": 1}', 'ok: '],
    ['{"question": ""}\n', 'fault: .*rows of question; the script needs messages, or conversations, or'],
    ['\n{"text": ""}\n', 'fault: .*begins with an empty line'],
    ['', 'fault: .*is empty'],
    ['text\n', 'fault: .*first line is no JSON: text'],
    ['7\n', 'fault: .*rows of no columns'],
    [`{"text": "${'x'.repeat(2 ** 20)}"}`, 'unknown: .*longer than 1 MB'],
  ])('that begins with %j is judged', async (text, expected) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rows.jsonl'), text);
    const check = await checkDataset({ datasetPath: 'rows.jsonl', datasetSource: 'local' }, folder);
    expect(said(check)).toMatch(new RegExp(`^${expected}`));
    const inside = await checkDataset({ datasetPath: '.', datasetSource: 'local' }, folder);
    expect(inside.verdict).toBe(check.verdict);
  });

  it('that is not there or of no known kind is a fault, one of the hub unknown', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rows.xls'), 'x');
    const of = (datasetPath: string, datasetSource: 'local' | 'huggingface' = 'local') =>
      checkDataset({ datasetPath, datasetSource }, folder);
    expect(said(await of('nowhere'))).toMatch(/^fault: .*is not there/);
    expect(said(await of('rows.xls'))).toMatch(/^fault: .*one of .jsonl/);
    expect(said(await of('.'))).toMatch(/^fault/);
    expect((await of('a/b', 'huggingface')).verdict).toBe('unknown');
  });
});

describe('an image', () => {
  it('is named legally or not', () => {
    expect(said(checkImageName('pytorch/pytorch'))).toMatch(/^ok: .*docker.io, whatever "latest" is/);
    expect(said(checkImageName('ghcr.io/me/x:1.2'))).toBe('ok: image is me/x of ghcr.io, 1.2');
    expect(said(checkImageName('Me/x'))).toMatch(/^fault: "Me\/x" is no name of an image: .*capital/);
  });

  // pytorch/pytorch takes 8 GB.
  it.each([
    [7.9, 0, 'fault: .*8 GB; write disk: 13GB'],
    [8, 0, 'warning: .*leaves 0.0 GB'],
    [12.9, 0, 'warning: .*leaves 4.9 GB'],
    [13, 0, 'ok: '],
    [13, 0.5, 'warning: .*the data 0.5 GB'],
  ])('on a disk of %d GB with %d GB of data is judged', (diskGb, dataGb, expected) => {
    expect(said(checkImageSize({ image: 'pytorch/pytorch:latest', diskGb, dataGb }))).toMatch(
      new RegExp(`^${expected}`),
    );
  });

  it('of unknown size is said to be', () => {
    expect(said(checkImageSize({ image: 'me/own', diskGb: 20 }))).toMatch(/^unknown: how large me\/own is/);
    expect(said(checkImageSize({ image: undefined, diskGb: 20 }))).toMatch(
      /^unknown: how large the template is/,
    );
  });
});

describe('money', () => {
  const reservation = microUsd(1.5);

  it.each([
    [undefined, 'unknown: the credit is not known; \\$1.50'],
    [1.499999, 'fault: the credit of \\$1.50 does not cover'],
    [1, 'fault: .*add \\$0.500'],
    [1.5, 'ok: '],
  ])('on the account, %s dollars, is judged', (credit, expected) => {
    const check = checkCredit({ reservation, credit: credit === undefined ? undefined : microUsd(credit) });
    expect(said(check)).toMatch(new RegExp(`^${expected}`));
  });

  it.each([
    [undefined, 0, 'warning: there is no budget: .*write budget: 2'],
    [1.5, 0, 'ok: the budget of \\$1.50 covers'],
    [1.499999, 0, 'fault: .*write budget: 1.5'],
    [2, 0.5, 'ok: \\$1.50 left of the budget of \\$2.00'],
    [2, 0.51, 'fault: \\$1.49 left of the budget of \\$2.00 .*write budget: 2.01'],
  ])('of a budget of %s dollars with %d spent is judged', (budget, spent, expected) => {
    const check = checkBudget({
      reservation,
      budget: budget === undefined ? undefined : microUsd(budget),
      spent: microUsd(spent),
    });
    expect(said(check)).toMatch(new RegExp(`^${expected}`));
  });
});

describe('GPUs', () => {
  it('are known, learned from the market, or strange', () => {
    expect(said(checkGpuNames({ gpus: ['RTX 4090'] }))).toBe('ok: RTX 4090 is known');
    expect(said(checkGpuNames({ gpus: [] }))).toBe('ok: any GPU will do');
    expect(said(checkGpuNames({ gpus: ['RTX 4091'] }))).toMatch(
      /^warning: .*"RTX 4091" \(did you mean RTX 4090\?\)/,
    );
    expect(checkGpuNames({ gpus: ['NEW 1'] }, ['NEW 1']).verdict).toBe('ok');
  });

  const config = (more: object) =>
    parseTrainingConfig({ baseModel: 'Qwen/Qwen2.5-7B', datasetPath: 'd', projectName: 'p', ...more });

  it.each([
    [{}, 24, 'ok: lora of Qwen/Qwen2.5-7B takes about 1[67]\\.\\d GB of each GPU .*24 GB hold it'],
    [{}, 16, 'warning: .*may not hold it: take algorithm qlora'],
    [{}, 12, 'fault: .*will not hold it: take algorithm qlora'],
    [{ algorithm: 'qlora' }, 16, 'ok: '],
    [{ algorithm: 'qlora' }, 7, 'fault: .*take a batchSize below 2'],
    [{ algorithm: 'qlora', batchSize: 1 }, 7, 'fault: .*take a maxSeqLength below 1024'],
    [{ algorithm: 'full' }, 80, 'fault: .*take algorithm qlora'],
    [{}, undefined, 'ok: '],
    [{ baseModel: 'me/own' }, 24, 'unknown: '],
    [{ baseModel: 'me/own-7B' }, 24, 'warning: .*its shape guessed'],
  ])('hold a training with %j in %s GB or not', (more, vramGb, expected) => {
    expect(said(checkGpuMemory(config(more), vramGb))).toMatch(new RegExp(`^${expected}`));
  });
});

describe('the environment and the way back', () => {
  it('has the variables that the job takes along, whose values are never told', () => {
    expect(said(checkEnvironment(aJob(), { HF_TOKEN: 'hunter2' }))).toBe('ok: HF_TOKEN set');
    expect(said(checkEnvironment(aJob(), { HF_TOKEN: '' }))).toMatch(
      /^fault: HF_TOKEN is not set here.*export HF_TOKEN=/,
    );
    expect(said(checkEnvironment({ env: { A: 'b' } }, {}))).toMatch(/^ok: nothing/);
  });

  it('is through checkpoints where a machine may be taken away', () => {
    const resources = (rental: 'on-demand' | 'interruptible') => ({ ...aJob().resources, rental });
    const of = (change: Parameters<typeof aJob>[0]) => checkRecovery(aJob(change)).verdict;
    expect(of({ resources: resources('interruptible') })).toBe('ok');
    expect(of({ resources: resources('interruptible'), checkpoints: [] })).toBe('warning');
    expect(of({ resources: resources('on-demand'), checkpoints: [] })).toBe('ok');
    expect(of({ artifacts: [] })).toBe('warning');
  });
});
