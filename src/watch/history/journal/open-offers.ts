// What is open, told in the words of an observation: for whoever goes on where a collector stopped.
import type { OpenOffer } from '../observation.ts';
import { decodeLine, decodeState, MISSING } from './codes.ts';
import type { OpenState } from './open-state.ts';
import type { HashValue } from './row-hash.ts';
import { FACETS, type FacetName } from './schema.ts';

export function listOpenOffers({ lines, types }: OpenState): readonly OpenOffer[] {
  return Array.from(lines.list(), ({ line, s, price, attr, quote, machine }) => {
    const { offerId, typeCode } = decodeLine(line);
    const state = decodeState(s);
    return {
      offerId,
      type: types.typeOf(typeCode),
      machineId: machine.id,
      gpuName: columnOf('attr', 'gpuName', attr.values) as string | null,
      numGpus: columnOf('attr', 'numGpus', attr.values) as number | null,
      geolocation: columnOf('attr', 'geolocation', attr.values) as string | null,
      dphTotal: price,
      dphBase: columnOf('quote', 'dphBase', quote) as number | null,
      minBid: columnOf('quote', 'minBid', quote) as number | null,
      rentable: state?.rentable ?? null,
      rented: state?.rented ?? null,
      isMissing: s === MISSING,
    };
  });
}

function columnOf(facet: FacetName, field: keyof OpenOffer, values: readonly HashValue[]): HashValue {
  return values[FACETS[facet].columns.findIndex((column) => column.field === field)] ?? null;
}
