// Whether what nvidia-smi shows is what the offer promised.
import { KNOWN_GPU_NAMES } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';
import { judgeGpus } from '../../../src/rent/rental/booting/gpu-check.ts';
import { compareModels } from '../../../src/rent/rental/booting/gpu-model.ts';

describe('models', () => {
  // As NVIDIA's drivers name them.
  it.each([
    ['RTX 4090', 'NVIDIA GeForce RTX 4090'],
    ['RTX 4090D', 'NVIDIA GeForce RTX 4090 D'],
    ['RTX 4070S Ti', 'NVIDIA GeForce RTX 4070 Ti SUPER'],
    ['RTX 2070S', 'NVIDIA GeForce RTX 2070 SUPER'],
    ['GTX 1660 S', 'NVIDIA GeForce GTX 1660 SUPER'],
    ['GeForce 970', 'NVIDIA GeForce GTX 970'],
    ['RTX 3060 laptop', 'NVIDIA GeForce RTX 3060 Laptop GPU'],
    ['RTX 6000Ada', 'NVIDIA RTX 6000 Ada Generation'],
    ['RTX 4000Ada', 'NVIDIA RTX 4000 SFF Ada Generation'],
    ['RTX A6000', 'NVIDIA RTX A6000'],
    ['Q RTX 8000', 'Quadro RTX 8000'],
    ['A100 SXM4', 'NVIDIA A100-SXM4-80GB'],
    ['A100 PCIE', 'NVIDIA A100 80GB PCIe'],
    ['A100 PCIE', 'NVIDIA A100-PCIE-40GB'],
    ['H100 SXM', 'NVIDIA H100 80GB HBM3'],
    ['H100 NVL', 'NVIDIA H100 NVL'],
    ['H200', 'NVIDIA H200'],
    ['GH200 SXM', 'NVIDIA GH200 480GB'],
    ['Tesla V100', 'Tesla V100-SXM2-32GB'],
    ['Tesla T4', 'Tesla T4'],
    ['L40S', 'NVIDIA L40S'],
    ['A10g', 'NVIDIA A10G'],
    ['B200', 'NVIDIA B200'],
    ['RTX PRO 6000 S', 'NVIDIA RTX PRO 6000 Blackwell Server Edition'],
    ['RTX PRO 6000 WS', 'NVIDIA RTX PRO 6000 Blackwell Workstation Edition'],
    ['RTX PRO 6000 Max-Q', 'NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition'],
    ['Titan RTX', 'NVIDIA TITAN RTX'],
  ])('%s is %s', (promised, found) => expect(compareModels(promised, found)).toBe('same'));

  it.each([
    ['RTX 4090', 'NVIDIA GeForce RTX 3090'],
    ['RTX 4090', 'NVIDIA GeForce RTX 4090 D'],
    ['RTX 3060', 'NVIDIA GeForce RTX 3060 Ti'],
    ['RTX 4070S Ti', 'NVIDIA GeForce RTX 4070 Ti'],
    ['RTX 4070', 'NVIDIA GeForce RTX 4070 Laptop GPU'],
    ['RTX 6000Ada', 'Quadro RTX 6000'],
    ['RTX 6000Ada', 'NVIDIA RTX PRO 6000 Blackwell Server Edition'],
    ['RTX A6000', 'Quadro RTX 6000'],
    ['L40S', 'NVIDIA L40'],
    ['H100 SXM', 'NVIDIA H100 PCIe'],
    ['H200', 'NVIDIA H100 NVL'],
    ['A100 SXM4', 'NVIDIA A10'],
    ['RTX PRO 6000 Max-Q', 'NVIDIA RTX PRO 6000 Blackwell Server Edition'],
    ['Titan RTX', 'Tesla K80'],
  ])('%s is not %s', (promised, found) => expect(compareModels(promised, found)).toBe('other'));

  it('names without a number that differ do not tell', () => {
    expect(compareModels('Titan V', 'NVIDIA GRID Something')).toBe('unsure');
  });

  it('every name that Vast.ai uses is itself, with and without a vendor before it', () => {
    const odd = KNOWN_GPU_NAMES.filter(
      (name) => compareModels(name, name) !== 'same' || compareModels(name, `NVIDIA ${name}`) !== 'same',
    );
    expect(odd).toEqual([]);
  });

  it('no two NVIDIA names that Vast.ai uses are taken for one another, but sockets and editions', () => {
    const names = KNOWN_GPU_NAMES.filter((name) => !/^(RX|PRO|Pro|Radeon|Instinct)/.test(name));
    const taken = names.flatMap((a) =>
      names.filter((b) => a < b && compareModels(a, b) === 'same').map((b) => `${a} = ${b}`),
    );
    expect(taken).toEqual([
      'A100 SXM = A100 SXM4',
      'H200 = H200 NVL',
      'RTX PRO 6000 = RTX PRO 6000 S',
      'RTX PRO 6000 = RTX PRO 6000 WS',
      'RTX PRO 6000 S = RTX PRO 6000 WS',
    ]);
  });
});

describe('what nvidia-smi shows', () => {
  const promised = { gpuName: 'RTX 4090', gpuCount: 2, gpuRamMb: 24_564 };
  const judge = (stdout: string, changes: { code?: number; stderr?: string } = {}, needsCuda = false) =>
    judgeGpus({ code: 0, stderr: '', ...changes, stdout }, { promised, needsCuda });
  const line = (name = 'NVIDIA GeForce RTX 4090', mb = 24_564) => `${name}, ${mb} MiB\n`;

  it('is right with the promised model and count, whatever start-up files print before it', () => {
    expect(judge(`Welcome, you!\n${line()}${line()}`)).toEqual({
      kind: 'right',
      gpus: [
        { name: 'NVIDIA GeForce RTX 4090', memoryMb: 24_564 },
        { name: 'NVIDIA GeForce RTX 4090', memoryMb: 24_564 },
      ],
      warnings: [],
    });
  });

  it('is right with nine tenths of the memory, and wrong with less', () => {
    // 22,107.6 MB.
    expect(judge(line() + line(undefined, 22_108))).toMatchObject({ kind: 'right' });
    expect(judge(line() + line(undefined, 22_107))).toMatchObject({
      kind: 'wrong',
      why: 'its NVIDIA GeForce RTX 4090 has 22107 MB of memory in place of 24564',
    });
  });

  it('is wrong with fewer GPUs, and more are taken with a word', () => {
    expect(judge(line())).toMatchObject({
      kind: 'wrong',
      why: 'it has 1 × NVIDIA GeForce RTX 4090 in place of 2 × RTX 4090',
    });
    expect(judge(line() + line() + line())).toMatchObject({
      kind: 'right',
      warnings: ['It has 3 × NVIDIA GeForce RTX 4090, more than 2 × RTX 4090'],
    });
  });

  it('is wrong when one of them is another model', () => {
    expect(judge(line() + line('NVIDIA GeForce RTX 3060', 24_564))).toMatchObject({ kind: 'wrong' });
  });

  it.each([
    ['No devices were found\n', 6, 'No devices were found'],
    ['Failed to initialize NVML: Driver/library version mismatch\n', 18, 'version mismatch'],
    ['', 0, 'code 0'],
  ])('is wrong with %j', (stdout, code, words) => {
    const verdict = judge(stdout, { code });
    expect(verdict).toMatchObject({ kind: 'wrong', why: expect.stringContaining(words) });
  });

  it('memory that the driver does not tell is no reason to send a machine away', () => {
    expect(judge('NVIDIA GeForce RTX 4090, [N/A]\n'.repeat(2))).toMatchObject({ kind: 'right' });
  });

  it('is missing altogether on odd images', () => {
    expect(judge('', { code: 127 })).toMatchObject({ kind: 'right', warnings: [expect.any(String)] });
    expect(judge('', { code: 127 }, true)).toMatchObject({ kind: 'wrong' });
  });
});
