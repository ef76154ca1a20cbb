// Compares the polls as they were appended with what their spans give.

export interface StoredPoll {
  readonly poll: number;
  readonly n: number;
  readonly hash: string;
}

export interface ComparePollsOptions {
  /** In order of poll. */
  readonly stored: readonly StoredPoll[];
  /** One for each poll of the range, in order. */
  readonly computed: readonly StoredPoll[];
  readonly firstPoll: number;
  readonly lastPoll: number;
}

/** Differences, a sentence each; at most one for the number of polls, one for rows and one for hashes. */
export function comparePolls({
  stored,
  computed,
  firstPoll,
  lastPoll,
}: ComparePollsOptions): readonly string[] {
  const faults: string[] = [];
  const gap = stored.findIndex(({ poll }, index) => poll !== firstPoll + index);
  if (gap >= 0 || stored.length !== lastPoll - firstPoll + 1) {
    const at = gap >= 0 ? firstPoll + gap : firstPoll + stored.length;
    faults.push(`polls ${firstPoll} to ${lastPoll} should be there, and poll ${at} is not where it belongs`);
    return faults;
  }
  const rows = stored.filter(({ n }, index) => n !== computed[index]?.n);
  const [firstRow] = rows;
  if (firstRow) {
    const found = computed[firstRow.poll - firstPoll]?.n;
    faults.push(
      `poll ${firstRow.poll} had ${firstRow.n} offers and now has ${found} (${differing(rows.length)})`,
    );
  }
  const hashes = stored.filter(({ hash }, index) => hash !== computed[index]?.hash);
  const [firstHash] = hashes;
  if (firstHash) {
    faults.push(`the values of poll ${firstHash.poll} are not those appended (${differing(hashes.length)})`);
  }
  return faults;
}

function differing(polls: number): string {
  return polls === 1 ? '1 poll differs' : `${polls} polls differ`;
}
