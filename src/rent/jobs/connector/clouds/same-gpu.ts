// Whether two clouds mean the same card. Their names differ in maker, memory and how the card is plugged in:
// `A100 SXM4`, `A100 (40 GB SXM4)`, `NVIDIA A100-SXM4-80GB`.

const MAKERS = /\b(?:nvidia|geforce|tesla|quadro|q)\b/g;
const MEMORY = /\b\d+ ?gb?\b/g;
const KINDS = /\b(?:hbm\d*e?|generation|tensor core|workstation edition)\b/g;
const PLUG = /\b(pcie|sxm|nvl)\d*\b/;

/** Where one of them does not say how it is plugged in, it may be the other. */
export function isSameGpu(one: string, other: string): boolean {
  const [a, b] = [read(one), read(other)];
  return a.model === b.model && (a.plug === undefined || b.plug === undefined || a.plug === b.plug);
}

function read(name: string): { readonly model: string; readonly plug: string | undefined } {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, ' ');
  const bare = words.replaceAll(MAKERS, ' ').replaceAll(MEMORY, ' ').replaceAll(KINDS, ' ');
  const model = bare
    .replace(PLUG, ' ')
    .replaceAll(/[^a-z0-9]+/g, '')
    // `A6000` and `RTX A6000` are one card.
    .replace(/^rtx(?=a\d)/, '')
    .replace(/super$/, 's');
  return { model, plug: PLUG.exec(bare)?.[1] };
}
