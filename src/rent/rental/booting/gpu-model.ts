// Whether two names mean the same GPU: NVIDIA's driver and Vast.ai write them differently.
import { canonicalGpuName } from '../../../net/vast/index.ts';

/** `unsure`: the names do not tell; nobody should be sent away for it. */
export type SameModel = 'same' | 'other' | 'unsure';

/** Words that tell of vendor, line, memory or packaging, not of the model. */
const NOISE =
  /^(nvidia|geforce|tesla|quadro|q|gpu|generation|edition|blackwell|server|workstation|ws|sff|hbm\w*|\d+gb|rtx|gtx|gt)$/;
/** Variants of one number that are GPUs of their own. */
const VARIANTS = ['ti', 's', 'd', 'ada', 'laptop', 'maxq', 'pro'] as const;
/** Sockets of one chip: a driver may leave them out. */
const SOCKETS = ['sxm', 'pcie', 'nvl'] as const;

interface Model {
  /** `4090`, `a100`, `6000`; undefined for a name without a number. */
  readonly core: string | undefined;
  readonly variants: ReadonlySet<string>;
  readonly socket: string | undefined;
}

/** `promised` as the offer says, `found` as nvidia-smi says. */
export function compareModels(promised: string, found: string): SameModel {
  const canonical = canonicalGpuName(promised) ?? promised;
  if (canonical === (canonicalGpuName(found) ?? found)) return 'same';
  const [a, b] = [readModel(promised), readModel(found)];
  if (a.core === undefined || b.core === undefined) return a.core === b.core ? 'unsure' : 'other';
  if (a.core !== b.core) return 'other';
  if (VARIANTS.some((variant) => a.variants.has(variant) !== b.variants.has(variant))) return 'other';
  if (a.socket !== undefined && b.socket !== undefined && a.socket !== b.socket) return 'other';
  return 'same';
}

function readModel(name: string): Model {
  const words = name
    .toLowerCase()
    .replaceAll(/max-?q/g, ' maxq ')
    .replaceAll(/(\d)(ada|super|ti|laptop|mobile)\b/g, '$1 $2')
    .replaceAll(/(\d{4})(s|d)\b/g, '$1 $2')
    .replaceAll(/sxm\d?/g, ' sxm ')
    .split(/[^a-z0-9]+/)
    .map((word) => ALIASES[word] ?? word)
    .filter((word) => word !== '' && !NOISE.test(word));
  // Of the professional Blackwell cards an S stands for the server edition, which offers may leave out.
  const isPro = words.includes('pro');
  return {
    core: words.find((word) => /\d/.test(word)),
    variants: new Set(words.filter((word) => isVariant(word) && !(isPro && word === 's'))),
    socket: SOCKETS.find((socket) => words.includes(socket)),
  };
}

const ALIASES: Readonly<Record<string, string>> = { super: 's', mobile: 'laptop' };

function isVariant(word: string): boolean {
  return (VARIANTS as readonly string[]).includes(word);
}
