// One spelling for each GPU model, and its family.

import { canonicalGpuName, GPU_FAMILIES, gpuFamily, KNOWN_GPU_NAMES, suggestGpuNames } from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';

describe('a GPU name', () => {
  it.each([
    'RTX 4090',
    'RTX_4090',
    'RTX4090',
    'rtx-4090',
    'rtx 4090',
    ' Rtx  4090 ',
    'GeForce RTX 4090',
    'NVIDIA GeForce RTX 4090',
  ])('written "%s" is RTX 4090', (text) => {
    expect(canonicalGpuName(text)).toBe('RTX 4090');
  });

  it('of the list is found in each of four spellings, and no two names are the same', () => {
    for (const name of KNOWN_GPU_NAMES) {
      for (const text of [
        name,
        name.replaceAll(' ', '_'),
        name.replaceAll(' ', ''),
        name.toLowerCase().replaceAll(' ', '-'),
      ]) {
        expect(canonicalGpuName(text)).toBe(name);
      }
    }
    expect(KNOWN_GPU_NAMES).toHaveLength(144);
  });

  it.each([
    ['RTX 4070 Super', 'RTX 4070S'],
    ['RTX 4070 Ti Super', 'RTX 4070S Ti'],
    ['GTX 1660 Super', 'GTX 1660 S'],
    ['Instinct MI250X', 'InstinctMI250X'],
    ['GeForce 970', 'GeForce 970'],
    ['RTX 6000 Ada', 'RTX 6000Ada'],
  ])('%s is %s', (text, name) => {
    expect(canonicalGpuName(text)).toBe(name);
  });

  it.each(['RTX 490', 'RTX', '', '4090', 'H100', '---'])('"%s" is none', (text) => {
    expect(canonicalGpuName(text)).toBeUndefined();
  });

  it('is learned from the service, whose spelling does not replace a known one', () => {
    expect(canonicalGpuName('rtx-6090', ['RTX 6090'])).toBe('RTX 6090');
    expect(canonicalGpuName('rtx-4090', ['rtx_4090'])).toBe('RTX 4090');
  });
});

describe('a suggestion', () => {
  it.each([
    ['RTX 490', 'RTX 4090'],
    ['RTX 4900', 'RTX 4090'],
    ['4090', 'RTX 4090'],
    ['H100', 'H100 NVL'],
    ['a100', 'A100X'],
    ['RXT 3060', 'RTX 3060'],
  ])('for %s begins with %s', (text, name) => {
    expect(suggestGpuNames(text)[0]).toBe(name);
  });

  it('is none for what resembles nothing, and no more than asked', () => {
    expect(suggestGpuNames('quantum accelerator of tomorrow')).toEqual([]);
    expect(suggestGpuNames('RTX 490', { limit: 1 })).toEqual(['RTX 4090']);
    expect(suggestGpuNames('RTX 6091', { learned: ['RTX 6090'] })[0]).toBe('RTX 6090');
  });
});

describe('a family', () => {
  it.each([
    ['RTX 4090', 'RTX 40 series'],
    ['RTX 4070S Ti', 'RTX 40 series'],
    ['RTX 4060 laptop', 'RTX 40 series'],
    ['RTX 5090', 'RTX 50 series'],
    ['RTX 3090 Ti', 'RTX 30 series'],
    ['RTX 2080 Ti', 'RTX 20 series'],
    ['Titan RTX', 'RTX 20 series'],
    ['GTX 1660 S', 'GTX 16 series'],
    ['GTX 1080 Ti', 'GTX 10 series'],
    ['H100 SXM', 'H100'],
    ['GH200 SXM', 'H100'],
    ['H200', 'H200'],
    ['H200 NVL', 'H200'],
    ['B200', 'B200/B300'],
    ['A100 SXM4', 'A100'],
    ['A100X', 'A100'],
    ['A800 PCIE', 'A100'],
    ['A10', 'Data-center Ampere'],
    ['A10g', 'Data-center Ampere'],
    ['A40', 'Data-center Ampere'],
    ['L4', 'Data-center Ada'],
    ['L40', 'Data-center Ada'],
    ['L40S', 'Data-center Ada'],
    ['RTX A6000', 'RTX A series'],
    ['RTX 6000Ada', 'RTX Ada pro'],
    ['RTX 5000Ada', 'RTX Ada pro'],
    ['RTX 4000Ada', 'RTX Ada pro'],
    ['RTX PRO 6000 WS', 'RTX PRO Blackwell'],
    ['Tesla V100', 'Tesla'],
    ['Titan V', 'Tesla'],
    ['Titan Xp', 'GTX 10 series'],
    ['Q RTX 8000', 'Quadro'],
    ['Quadro P4000', 'Quadro'],
    ['P104-100', 'Mining cards'],
    ['CMP 50HX', 'Mining cards'],
    ['InstinctMI100', 'AMD Instinct'],
    ['RX 7900 XTX', 'AMD Radeon'],
    ['PRO W7900', 'AMD Radeon'],
    ['Pro V620', 'AMD Radeon'],
    ['Radeon VII', 'AMD Radeon'],
    ['GTX TITAN X', 'GTX 9 series and older'],
    ['Abacus 1', 'Other'],
  ])('of %s is %s', (name, family) => {
    expect(gpuFamily(name)).toBe(family);
  });

  it('claims every known model, once', () => {
    for (const name of KNOWN_GPU_NAMES) {
      expect([name, GPU_FAMILIES.filter(({ pattern }) => pattern.test(name)).length]).toEqual([name, 1]);
    }
  });
});
