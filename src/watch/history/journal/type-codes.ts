// Codes of offer types: four that every store has, and up to twelve texts that imports bring along.
import { TYPES_PER_OFFER } from './codes.ts';
import { UnfitValue } from './line-values.ts';

export interface TypeCodes {
  codeOf(type: string | null): number;
  typeOf(code: number): string | null;
  pending(): readonly { readonly code: number; readonly type: string }[];
  keepPending(): void;
  dropPending(): void;
}

export function makeTypeCodes(
  rows: readonly { readonly code: number; readonly type: string | null }[],
): TypeCodes {
  const types = new Map(rows.map(({ code, type }) => [code, type]));
  const codes = new Map(rows.map(({ code, type }) => [type, code]));
  let pending: { code: number; type: string }[] = [];
  const add = (text: string): number => {
    const type = text.toWellFormed();
    const known = codes.get(type);
    if (known !== undefined) return known;
    const code = types.size;
    if (code >= TYPES_PER_OFFER) {
      throw new UnfitValue(`type is "${type}", and a store keeps ${TYPES_PER_OFFER} different types at most`);
    }
    types.set(code, type);
    codes.set(type, code);
    pending.push({ code, type });
    return code;
  };
  return {
    codeOf: (type) => codes.get(type ?? null) ?? add(String(type)),
    typeOf: (code) => types.get(code) ?? null,
    pending: () => pending,
    keepPending: () => {
      pending = [];
    },
    dropPending: () => {
      for (const { code, type } of pending) {
        types.delete(code);
        codes.delete(type);
      }
      pending = [];
    },
  };
}
