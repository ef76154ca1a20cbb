import { describe, expect, it } from 'vitest';
import { aPoll } from './poll-builders.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

const NOTHING = { appeared: [], vanished: [] };

describe('fields of the API', () => {
  it('are the standard at first, then news when they come and an alarm when they go', () => {
    const journal = openForWriting(tempDir());
    journal.append(aPoll(1, []));
    expect(journal.recordFields(['id', 'dph_total'])).toEqual(NOTHING);
    journal.append(aPoll(2, []));
    expect(journal.recordFields(['dph_total', 'id', 'id'])).toEqual(NOTHING);
    journal.append(aPoll(3, []));
    expect(journal.recordFields(['id', 'z', 'cluster'])).toEqual({
      appeared: ['cluster', 'z'],
      vanished: ['dph_total'],
    });
    journal.append(aPoll(4, []));
    expect(journal.recordFields(['id', 'z', 'cluster', 'dph_total'])).toEqual({
      appeared: ['dph_total'],
      vanished: [],
    });
    expect(journal.fields()).toEqual([
      { name: 'cluster', firstPoll: 3, lastPoll: null },
      { name: 'dph_total', firstPoll: 1, lastPoll: null },
      { name: 'id', firstPoll: 1, lastPoll: null },
      { name: 'z', firstPoll: 3, lastPoll: null },
    ]);
  });

  it('that vanish keep the last poll they were in, once', () => {
    const journal = openForWriting(tempDir());
    for (const poll of [1, 2, 3]) journal.append(aPoll(poll, []));
    journal.recordFields(['id', 'old']);
    journal.append(aPoll(4, []));
    expect(journal.recordFields(['id'])).toEqual({ appeared: [], vanished: ['old'] });
    journal.append(aPoll(5, []));
    expect(journal.recordFields(['id'])).toEqual(NOTHING);
    expect(journal.fields()).toContainEqual({ name: 'old', firstPoll: 3, lastPoll: 3 });
  });

  it('of an empty answer say nothing', () => {
    const journal = openForWriting(tempDir());
    journal.append(aPoll(1, []));
    journal.recordFields(['id']);
    expect(journal.recordFields([])).toEqual(NOTHING);
    expect(journal.fields()).toEqual([{ name: 'id', firstPoll: 1, lastPoll: null }]);
  });
});
