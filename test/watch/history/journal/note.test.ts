import { describe, expect, it } from 'vitest';
import { openJournal } from '../../../../src/watch/history/journal/open-journal.ts';
import { anObservation, aPoll } from './poll-builders.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

describe('the note of a poll', () => {
  it('is found again after a restart, until a later poll leaves another', () => {
    const dir = tempDir();
    const first = openForWriting(dir);
    expect(first.note()).toBeUndefined();
    first.append({ ...aPoll(1, []), note: 'slices' });
    first.append(aPoll(2, []));
    first.close();
    const second = openForWriting(dir);
    expect(second.note()).toBe('slices');
    second.append({ ...aPoll(3, []), note: 'more slices' });
    second.dropThrough(2);
    second.close();
    expect(openJournal(dir, { mode: 'read' }).note()).toBe('more slices');
  });

  it('is not kept when its poll is not', () => {
    const journal = openForWriting(tempDir());
    journal.append({ ...aPoll(1, []), note: 'old' });
    const bad = aPoll(2, [anObservation({ numGpus: 0.5 })]);
    expect(() => journal.append({ ...bad, note: 'new' })).toThrow('num_gpus');
    expect(journal.note()).toBe('old');
  });
});

describe('the offers that are open', () => {
  it('are told with what they last showed, also after a restart, and without those that are gone', () => {
    const dir = tempDir();
    const journal = openForWriting(dir);
    const [seen, missing, gone] = [1, 2, 3].map((offerId) => anObservation({ offerId }));
    journal.append(
      aPoll(
        1,
        [seen, missing, gone].filter((o) => o !== undefined),
      ),
    );
    journal.append(
      aPoll(
        2,
        [seen, missing].filter((o) => o !== undefined),
      ),
    );
    const dearer = anObservation({ offerId: 1, dphTotal: 9, minBid: 4, rentable: 0, type: 'on-demand' });
    journal.append(aPoll(3, [dearer]));
    const expected = [
      expect.objectContaining({
        offerId: 1,
        type: 'on-demand',
        machineId: 77,
        gpuName: 'RTX 4090',
        numGpus: 2,
        geolocation: 'Sweden, SE',
        dphTotal: 9,
        dphBase: 0.7,
        minBid: 4,
        rentable: 0,
        rented: 0,
        isMissing: false,
      }),
      expect.objectContaining({ offerId: 2, dphTotal: 0.7123456789012345, rentable: null, isMissing: true }),
    ];
    const byId = () => [...journal.openOffers()].sort((x, y) => x.offerId - y.offerId);
    expect(byId()).toEqual(expected);
    journal.close();
    const again = openForWriting(dir);
    expect([...again.openOffers()].sort((x, y) => x.offerId - y.offerId)).toEqual(expected);
  });
});
