// A short market in which every kind of event happens, the same for a test and for the process that it kills.
import type { PollInput } from '../../../../src/watch/history/observation.ts';
import { anObservation, aPoll, aSlice } from './poll-builders.ts';

/** Five polls: lines appear, change, go missing, are gone, return; machines disagree; slices and types are new. */
export function marketSeries(): readonly PollInput[] {
  const a = anObservation({ offerId: 1, machineId: 1 });
  const b = anObservation({ offerId: 2, machineId: 1, reliability: 0.5 });
  const c = anObservation({ offerId: 3, machineId: 2, type: 'interruptible' });
  const slices = (rows: number) => [
    aSlice({ rows }),
    aSlice({ predicate: `dph>0.${rows}`, rows, complete: rows > 2 }),
  ];
  return [
    aPoll(1, [a, b, c], { slices: slices(3) }),
    aPoll(2, [a, { ...b, dphTotal: 9 }], { slices: slices(2) }),
    aPoll(
      3,
      [{ ...a, rentable: 0, availability: 'unavailable' }, anObservation({ offerId: 4, type: 'spot' })],
      {
        slices: slices(1),
      },
    ),
    aPoll(
      4,
      [
        { ...a, reliability: 0.7, minBid: 0.2, endDate: 1, driver: '560', diskSpaceGb: 5 },
        { ...b, geolocation: 'Norway, NO' },
        { ...c, dphTotal: 1, reliability: 0.1 },
      ],
      { slices: slices(4) },
    ),
    aPoll(5, [a, c], { slices: slices(5) }),
  ];
}
