// A monitor that is somebody else's: the daemon's, over its routes, or one of this process over the same. What it shows is
// what the other one says; what it does not hear of any more, it says so.
import type { Monitor, MonitorListener, MonitorView } from '../../../../rent/monitor/index.ts';
import type { RunMessage } from '../../protocol/run-stream.ts';
import { agedView, type Silence, sinceText } from './aged-view.ts';
import { applyDelta } from './apply-delta.ts';
import { type ListenOptions, listenOn, NotHeardError, type RunsClient } from './listen-on.ts';
import { createRunLines } from './run-lines.ts';

export interface RemoteMonitorOptions extends Pick<ListenOptions, 'find' | 'clock'> {
  /** Nothing heard for so long is a lost connection: the other end says at least every 6 s that it is there. Default 20,000. */
  readonly silentMs?: number;
  /** Between two looks for somebody to ask; default 1,000. */
  readonly retryMs?: number;
}

/** Ages grow while nothing is heard. */
const AGE_EVERY_MS = 5_000;
/** As many as a monitor has in memory. */
const LINES_KEPT = 500;
/** For a question, and for the view that has its answer. */
const PATIENCE_MS = 35_000;
const NOTHING: Omit<MonitorView, 'atMs'> = {
  isSimulated: false,
  account: null,
  runs: [],
  totals: {
    runs: 0,
    running: 0,
    gpus: 0,
    pricePerHour: 0,
    spentUsd: 0,
    monthEndUsd: null,
    creditUsd: null,
    creditEndsAtMs: null,
  },
  listedAtMs: null,
  trouble: null,
};

/** Nothing is asked before `run`. `setPaused` is of this one alone. */
export function createRemoteMonitor(options: RemoteMonitorOptions): Monitor {
  const { find, clock, silentMs = 20_000, retryMs = 1_000 } = options;
  const listeners = new Set<MonitorListener>();
  /** As it was said last; null until a connection has said the whole of it. */
  let told: MonitorView | null = null;
  let shown: MonitorView = { ...NOTHING, atMs: clock.now() };
  let heardAtMs = clock.now();
  let silence: Silence | undefined;
  let agedAtMs = Number.NEGATIVE_INFINITY;
  /** Who has answered last; undefined while nothing is heard. */
  let client: RunsClient | undefined;
  let viewer: string | undefined;
  let source: string | undefined;
  let looked: readonly string[] = [];
  let looking: Promise<void> = Promise.resolve();
  let pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  let interrupt = () => {};

  const each = (tell: (listener: MonitorListener) => void) => {
    for (const listener of listeners) tell(listener);
  };
  const lines = createRunLines({
    clock,
    onLines: (run, fresh) => each((listener) => listener.onLines?.(run, fresh)),
  });
  const show = (view: MonitorView) => {
    shown = view;
    each((listener) => listener.onView?.(view));
  };

  /** What the stream had no more is in the logs, as far as they are kept. */
  const fill = async (from: RunsClient) => {
    for (const key of lines.keys()) {
      // One that has gone has nothing to fill.
      const answer = await from.runLines(key, LINES_KEPT).catch(() => undefined);
      if (answer) lines.push(key, answer.lines);
    }
  };

  const sendLook = () => {
    looking = looking.then(async () => {
      if (!client || viewer === undefined) return;
      // Whoever cannot be told now is told with the next connection.
      await client.lookAtRuns(viewer, looked).catch(() => {});
    });
  };

  const take = (from: RunsClient, message: RunMessage) => {
    heardAtMs = clock.now();
    switch (message.kind) {
      case 'begin':
        // What is shown stays until the whole view has come.
        told = null;
        if (source !== undefined && source !== message.source) lines.beginAnew();
        ({ source, viewer } = message);
        client = from;
        sendLook();
        return;
      case 'view':
        told = applyDelta(told, message.delta);
        silence = undefined;
        show(told);
        lines.takeView(told);
        return;
      case 'lines':
        lines.push(message.key, message.lines);
        return;
      case 'event':
        each((listener) => listener.onEvent?.(message.event));
        return;
      case 'missed':
        void fill(from);
        return;
      case 'here':
        return;
    }
  };

  const listen = listenOn({
    find,
    clock,
    silentMs,
    retryMs,
    onMessage: take,
    onLost(why) {
      client = undefined;
      viewer = undefined;
      const isNews = silence?.why !== why;
      silence = { sinceMs: heardAtMs, why };
      if (!isNews && clock.monotonic() - agedAtMs < AGE_EVERY_MS) return;
      agedAtMs = clock.monotonic();
      show(agedView(told ?? shown, silence, clock.now()));
    },
  });

  const asked = (): RunsClient => {
    if (client) return client;
    throw new NotHeardError(
      silence
        ? `The daemon has not been heard since ${sinceText(silence)} (${silence.why})`
        : 'The daemon has not answered yet',
    );
  };

  /** Until it holds, or it has taken too long. */
  const until = async (holds: () => boolean): Promise<void> => {
    if (holds()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = clock.setTimer(PATIENCE_MS, () => reject(new NotHeardError('The daemon takes too long')));
    const listener: MonitorListener = { onView: () => holds() && resolve() };
    listeners.add(listener);
    try {
      await promise;
    } finally {
      timer.cancel();
      listeners.delete(listener);
    }
  };

  return {
    view: () => shown,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lines: async (key, limit) => lines.place(key, (await asked().runLines(key, limit)).lines),
    async series(key, name, { maxPoints }) {
      const { points } = await asked().runSeries(key, name, maxPoints);
      return points.map(({ step, ...point }) => (step === undefined ? point : { ...point, step }));
    },
    lookAt(keys) {
      looked = keys;
      sendLook();
    },
    async refresh() {
      // Before the first view there is nothing that could be asked again.
      await until(() => told !== null || silence !== undefined);
      const from = asked();
      await looking;
      const patience = new AbortController();
      const timer = clock.setTimer(PATIENCE_MS, () =>
        patience.abort(new NotHeardError('The daemon takes too long')),
      );
      try {
        const { atMs } = await from.refreshRuns(patience.signal);
        await until(() => silence !== undefined || (told?.atMs ?? 0) >= atMs);
      } finally {
        timer.cancel();
      }
    },
    nextSource: async (key) => (await asked().nextRunSource(key)).source,
    setPaused(isPaused) {
      if (!isPaused) {
        pause?.end();
        pause = undefined;
      } else if (!pause) {
        const { promise, resolve } = Promise.withResolvers<void>();
        pause = { over: promise, end: resolve };
        interrupt();
      }
    },
    async run(signal) {
      try {
        while (!signal.aborted) {
          const paused = new AbortController();
          interrupt = () => paused.abort(new NotHeardError('it is paused'));
          const both = AbortSignal.any([signal, paused.signal]);
          if (!pause) {
            await listen(both).catch((error: unknown) => {
              if (!both.aborted) throw error;
            });
          }
          // What is shown ages by itself while nobody wants to hear more.
          if (pause) await orAborted(pause.over, signal);
        }
      } finally {
        lines.stop();
      }
    },
  };
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    void work.then(resolve);
  });
}
