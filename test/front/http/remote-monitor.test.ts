// Goal: whoever looks through the routes sees what the monitor itself would show: the same view, each line once, over lost
// connections and other daemons too; and where nothing is heard, it says so and passes nothing off as new.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, systemClock } from '../../../src/base/std/index.ts';
import { callApp } from '../../../src/front/http/call-app.ts';
import {
  createDaemonClient,
  createRemoteMonitor,
  type DaemonClient,
  type RemoteMonitorOptions,
} from '../../../src/front/http/index.ts';
import type { Monitor, MonitorView, RunEvent, ShownLine } from '../../../src/rent/monitor/index.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { aMonitor, aRun, aView, NOW_MS, type ScriptedMonitor, someLines } from '../tui/a-monitor.ts';
import { anHttpWorld, type HttpWorld, type HttpWorldOptions } from './http-world.ts';
import { randomViews } from './random-views.ts';

const clock = systemClock();
const KEY = aRun().key;

interface Watched extends AsyncDisposable {
  readonly remote: Monitor;
  readonly lines: readonly ShownLine[];
  readonly events: readonly RunEvent[];
  readonly views: readonly MonitorView[];
  /** Resolves at the next view, line or event after which it holds. */
  until(holds: () => boolean): Promise<void>;
}

function watch(find: RemoteMonitorOptions['find'], options: Partial<RemoteMonitorOptions> = {}): Watched {
  const remote = createRemoteMonitor({ find, clock, retryMs: 10, ...options });
  const lines: ShownLine[] = [];
  const events: RunEvent[] = [];
  const views: MonitorView[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  remote.listen({
    onView: (view) => {
      views.push(view);
      wake();
    },
    onLines: (_run, fresh) => {
      lines.push(...fresh);
      wake();
    },
    onEvent: (event) => {
      events.push(event);
      wake();
    },
  });
  const over = new AbortController();
  const running = remote.run(over.signal);
  return {
    remote,
    lines,
    events,
    views,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await running;
    },
  };
}

interface ADaemon extends AsyncDisposable {
  readonly monitor: ScriptedMonitor;
  readonly http: HttpWorld;
  /** Asks over a connection that can be cut and frozen. */
  readonly client: DaemonClient;
  readonly proxy: TcpProxy;
}

async function aDaemon(options: HttpWorldOptions & { readonly runs?: number } = {}): Promise<ADaemon> {
  const runs = Array.from({ length: options.runs ?? 1 }, (_, at) => aRun({ instanceId: 20000001 + at }));
  const monitor = aMonitor({ view: aView(runs), kept: () => someLines(3) });
  const http = await anHttpWorld({ ...options, deps: { monitor: async () => monitor, clock } });
  const proxy = await startTcpProxy(Number(new URL(http.address).port));
  const client = createDaemonClient({
    address: `http://127.0.0.1:${proxy.port}`,
    token: http.tokens.full,
    fetch: globalThis.fetch,
  });
  return {
    monitor,
    http,
    client,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await http[Symbol.asyncDispose]();
    },
  };
}

const line = (seq: number, text = `line ${seq}`): ShownLine => ({ seq, attempt: 1, atMs: NOW_MS, text });
const texts = (lines: readonly ShownLine[]) => lines.map(({ text }) => text);

describe('what is seen through the routes', () => {
  let daemon: ADaemon;
  let inProcess: DaemonClient;
  beforeAll(async () => {
    daemon = await aDaemon();
    const { http } = daemon;
    inProcess = createDaemonClient({
      address: 'http://127.0.0.1',
      token: http.tokens.full,
      ...callApp(http.app),
    });
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  it.each([
    'socket',
    'in this process',
  ] as const)('is the view itself, whatever its course (%s)', async (how) => {
    const client = how === 'socket' ? daemon.http.client : inProcess;
    await using watched = watch(async () => client);
    for (const seed of ['a', 'b']) {
      const views = randomViews(createRandom(`views ${seed}`));
      for (let at = 0; at < 40; at += 1) {
        const { value } = views.next();
        daemon.monitor.show(value);
        // Some are never seen: they come faster than they are read.
        if (at % 3 === 0) continue;
        await watched.until(() => watched.remote.view().atMs === value.atMs);
        expect(watched.remote.view(), `seed ${seed}, view ${at}`).toEqual(value);
      }
    }
    daemon.monitor.show(aView([aRun()]));
  });

  it('has lines and events once each, and what is asked for', async () => {
    const { monitor, http } = daemon;
    await using watched = watch(async () => http.client);
    await watched.until(() => watched.views.length > 0);
    monitor.tellLines(KEY, [line(4), line(5)]);
    const event: RunEvent = { key: KEY, name: 'run-1', atMs: NOW_MS, kind: 'epoch', sentence: 'Epoch 2' };
    monitor.tellEvent(event);
    monitor.tellLines(KEY, [line(6)]);
    await watched.until(() => watched.lines.length === 3 && watched.events.length === 1);
    expect(watched.lines).toEqual([line(4), line(5), line(6)]);
    expect(watched.events).toEqual([event]);
    expect(await watched.remote.lines(KEY, 2)).toEqual(someLines(3).slice(-2));
    expect(await watched.remote.nextSource(KEY)).toContain('tmux pane');
    await watched.remote.refresh();
    expect(monitor.asked).toContain('refresh');
    await expect(watched.remote.lines('instance 9', 2)).rejects.toThrow('There is no run "instance 9"');
  });
});

describe('a screen that loses its daemon', () => {
  it('goes on with the lines and events that came meanwhile, none of them twice', async () => {
    await using daemon = await aDaemon();
    const { monitor, client, proxy } = daemon;
    await using watched = watch(async () => client);
    await watched.until(() => watched.views.length > 0);
    monitor.tellLines(KEY, [line(1), line(2)]);
    await watched.until(() => watched.lines.length === 2);
    for (let round = 0; round < 3; round += 1) {
      const seq = 3 + round * 2;
      const { length } = watched.views;
      proxy.cut();
      monitor.tellLines(KEY, [line(seq)]);
      await watched.until(() => watched.views.length > length && watched.remote.view().trouble === null);
      monitor.tellLines(KEY, [line(seq + 1)]);
      await watched.until(() => watched.lines.length === seq + 1);
    }
    expect(watched.lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(watched.views.some(({ trouble }) => trouble?.includes('has not been heard since'))).toBe(true);
  });

  it('says since when it hears nothing, and takes up another one, which counts lines anew', async () => {
    await using first = await aDaemon();
    let client: DaemonClient | string = first.client;
    await using watched = watch(async () => client);
    await watched.until(() => watched.views.length > 0);
    first.monitor.tellLines(
      KEY,
      [1, 2, 3, 4, 5].map((seq) => line(seq)),
    );
    await watched.until(() => watched.lines.length === 5);
    client = 'no daemon runs';
    first.proxy.cut();
    await watched.until(() => watched.remote.view().trouble?.includes('no daemon runs') === true);
    const lost = watched.remote.view();
    expect(lost.trouble).toMatch(/since \d\d:\d\d:\d\dZ .*"vastdeck up -d"/);
    expect(lost.atMs).toBe(NOW_MS);
    expect(lost.runs[0]?.sampleError).toContain('has not been heard since');
    await expect(watched.remote.lines(KEY, 5)).rejects.toThrow('no daemon runs');
    await using second = await aDaemon();
    client = second.client;
    // Another process reads the log from where it likes: its third line is the fifth that was seen.
    second.monitor.tellLines(KEY, [line(1, 'line 3'), line(2, 'line 4')]);
    second.monitor.tellLines(KEY, [line(3, 'line 5'), line(4, 'line 6')]);
    await watched.until(() => watched.lines.length === 6);
    second.monitor.tellLines(KEY, [line(5, 'line 7')]);
    await watched.until(() => watched.lines.length === 7);
    expect(watched.lines.map(({ seq, text }) => [seq, text])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((seq) => [seq, `line ${seq}`]),
    );
    expect(watched.remote.view().trouble).toBeNull();
  });

  it('takes one that says nothing for lost', async () => {
    await using daemon = await aDaemon();
    let { client } = daemon;
    await using watched = watch(async () => client, { silentMs: 200 });
    await watched.until(() => watched.views.length > 0);
    daemon.proxy.freeze();
    await watched.until(() => watched.remote.view().trouble?.includes('has said nothing') === true);
    client = daemon.http.client;
    daemon.monitor.show(aView([aRun({ step: 501 })], { atMs: NOW_MS + 1 }));
    await watched.until(() => watched.remote.view().runs[0]?.step === 501);
  });

  it('pauses by itself: the daemon goes on, and nothing is lost when it hears again', async () => {
    await using daemon = await aDaemon();
    const { monitor, http } = daemon;
    await using watched = watch(async () => http.client);
    watched.remote.lookAt([KEY]);
    await watched.until(() => watched.views.length > 0);
    monitor.tellLines(KEY, [line(1)]);
    await watched.until(() => watched.lines.length === 1);
    watched.remote.setPaused(true);
    monitor.show(aView([aRun({ step: 700 })], { atMs: NOW_MS + 5 }));
    monitor.tellLines(KEY, [line(2)]);
    expect(await watched.remote.lines(KEY, 1)).toHaveLength(1);
    expect(watched.remote.view()).toMatchObject({ atMs: NOW_MS, trouble: null });
    watched.remote.setPaused(false);
    await watched.until(() => watched.lines.length === 2 && watched.remote.view().runs[0]?.step === 700);
    expect(texts(watched.lines)).toEqual(['line 1', 'line 2']);
    expect(monitor.asked).not.toContain('pause');
  });
});

describe('what is looked at', () => {
  it('is what any of the screens looks at, for as long as they are there', async () => {
    await using daemon = await aDaemon({ runs: 3 });
    const { monitor, http } = daemon;
    const [a, b, c] = monitor.view().runs.map(({ key }) => key) as [string, string, string];
    const looks = () => monitor.asked.filter((text) => text.startsWith('look at'));
    const one = watch(async () => http.client);
    const other = watch(async () => http.client);
    one.remote.lookAt([a, b]);
    await expect.poll(() => looks().at(-1)).toBe(`look at ${a}, ${b}`);
    other.remote.lookAt([b, c]);
    await expect.poll(() => looks().at(-1)?.split(', ').length).toBe(3);
    await one[Symbol.asyncDispose]();
    await expect.poll(() => looks().at(-1)).toBe(`look at ${b}, ${c}`);
    await other[Symbol.asyncDispose]();
    await expect.poll(() => looks().at(-1)).toBe('look at ');
  });

  it('may be said with a token that may only read, and nothing else that asks the machines', async () => {
    await using daemon = await aDaemon();
    const { monitor, http } = daemon;
    const reader = createDaemonClient({
      address: http.address,
      token: http.tokens.read,
      fetch: globalThis.fetch,
    });
    await using watched = watch(async () => reader);
    watched.remote.lookAt([KEY]);
    await expect.poll(() => monitor.asked).toContain(`look at ${KEY}`);
    await expect(watched.remote.refresh()).rejects.toThrow('may only read');
    await expect(watched.remote.nextSource(KEY)).rejects.toThrow('may only read');
    expect(monitor.asked).not.toContain('refresh');
  });

  it('is nothing of a viewer that has gone', async () => {
    await using daemon = await aDaemon();
    await expect(daemon.http.client.lookAtRuns('nobody', [KEY])).rejects.toMatchObject({ status: 404 });
  });
});
