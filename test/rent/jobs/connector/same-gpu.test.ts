// Names of the same card at three clouds.
import { describe, expect, it } from 'vitest';
import { isSameGpu } from '../../../../src/rent/jobs/connector/clouds/same-gpu.ts';

describe('a card', () => {
  it.each([
    ['RTX 4090', 'RTX 4090'],
    ['RTX 4090', 'NVIDIA GeForce RTX 4090'],
    ['A100 SXM4', 'A100 SXM'],
    ['A100 SXM4', 'NVIDIA A100-SXM4-80GB'],
    ['A100 SXM4', 'A100 (40 GB SXM4)'],
    ['A100 PCIE', 'A100 PCIe'],
    ['H100 SXM', 'NVIDIA H100 80GB HBM3'],
    ['H100 SXM', 'H100 (80 GB SXM5)'],
    ['RTX A6000', 'A6000 (48 GB)'],
    ['RTX 6000Ada', 'RTX 6000 Ada'],
    ['A10', 'A10 (24 GB PCIe)'],
    ['Tesla V100', 'V100 (16 GB)'],
    ['RTX 4070S', 'NVIDIA GeForce RTX 4070 SUPER'],
  ])('%s is %s', (ours, theirs) => {
    expect(isSameGpu(ours, theirs)).toBe(true);
  });

  it.each([
    ['RTX 4090', 'RTX 4090 D'],
    ['RTX 4090', 'RTX 4080'],
    ['A100 SXM4', 'A100 PCIe'],
    ['A100 SXM4', 'A10 (24 GB PCIe)'],
    ['H100 SXM', 'H100 NVL'],
    ['H100 SXM', 'H200 SXM'],
    ['RTX 4070', 'RTX 4070 Ti'],
    ['RTX A6000', 'RTX 6000 Ada'],
    ['L40', 'L40S'],
    ['A10', 'A100 (40 GB PCIe)'],
  ])('%s is not %s', (ours, theirs) => {
    expect(isSameGpu(ours, theirs)).toBe(false);
  });
});
