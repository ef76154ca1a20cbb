// So many at a time, the others in the order they came.

export interface Turnstile {
  /** Resolves to what gives the place back (once; again is harmless). Rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>;
}

/** The line itself has no bound: who waits in it holds nothing but a promise. */
export function createTurnstile(places: number): Turnstile {
  let free = places;
  const line: (() => void)[] = [];
  const leaveOnce = () => {
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      free += 1;
      line.shift()?.();
    };
  };
  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const enter = () => {
          signal.removeEventListener('abort', onAbort);
          free -= 1;
          resolve(leaveOnce());
        };
        const onAbort = () => {
          line.splice(line.indexOf(enter), 1);
          reject(signal.reason);
        };
        if (free > 0 && line.length === 0) return enter();
        line.push(enter);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
