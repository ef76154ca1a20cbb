// The one table of GPU families: how reports group models whose prices move together.

export interface GpuFamily {
  readonly family: string;
  /** Matches the canonical names of its models. */
  readonly pattern: RegExp;
}

/** The first family that matches counts; what matches none is `Other`. */
export const GPU_FAMILIES: readonly GpuFamily[] = [
  { family: 'B200/B300', pattern: /^G?B[23]00\b/ },
  { family: 'H200', pattern: /^H200\b/ },
  { family: 'H100', pattern: /^G?H(?:100|800)\b|^GH200\b/ },
  { family: 'A100', pattern: /^A[18]00X?\b/ },
  { family: 'Data-center Ada', pattern: /^L(?:4|20|40S?)\b/ },
  { family: 'Data-center Ampere', pattern: /^A(?:2|10g?|16|30|40)\b/ },
  { family: 'RTX PRO Blackwell', pattern: /^RTX PRO \d/ },
  { family: 'RTX Ada pro', pattern: /^RTX \d{4} ?Ada\b/ },
  { family: 'RTX A series', pattern: /^RTX A\d{4}\b/ },
  { family: 'RTX 50 series', pattern: /^RTX 50[5-9]0/ },
  { family: 'RTX 40 series', pattern: /^RTX 40[5-9]0/ },
  { family: 'RTX 30 series', pattern: /^RTX 30[5-9]0/ },
  { family: 'RTX 20 series', pattern: /^RTX 20[5-9]0|^Titan RTX$/i },
  { family: 'GTX 16 series', pattern: /^GTX 16\d0/ },
  { family: 'GTX 10 series', pattern: /^GTX 10\d0|^Titan Xp?$/i },
  { family: 'GTX 9 series and older', pattern: /^(?:GTX|GeForce) [4-9]\d0|^GTX TITAN X$/i },
  { family: 'Tesla', pattern: /^Tesla |^Titan V\b/i },
  { family: 'Quadro', pattern: /^Quadro |^Q RTX / },
  { family: 'Mining cards', pattern: /^CMP |^P10[46]-/ },
  { family: 'AMD Instinct', pattern: /^Instinct|^MI\d{2,3}/i },
  { family: 'AMD Radeon', pattern: /^RX \d|^PRO [WV]\d|^Radeon /i },
];

/** Family of a model by its canonical name; `Other` for models that no family claims. */
export function gpuFamily(gpuName: string): string {
  return GPU_FAMILIES.find(({ pattern }) => pattern.test(gpuName))?.family ?? 'Other';
}
