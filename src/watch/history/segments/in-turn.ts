// Writes to one store's Parquet files happen one after another: each reads the manifest, works, and replaces it,
// and two at once would lose what one of them wrote.

const running = new Map<string, Promise<unknown>>();

/** Runs `act` when everything asked for before on the same store has ended. */
export function inTurn<T>(dir: string, act: () => Promise<T>): Promise<T> {
  const before = running.get(dir) ?? Promise.resolve();
  // The one before reports its failure to whoever asked for it.
  const mine = before.then(act, act);
  const settled = mine.then(
    () => {},
    () => {},
  );
  running.set(dir, settled);
  void settled.then(() => {
    if (running.get(dir) === settled) running.delete(dir);
  });
  return mine;
}
